import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The folder of go.mod, which is where Go is run. */
export const moduleFolder = import.meta.dirname;

export const cliPackage = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";

/** What go.mod pins. */
export interface Pin {
  /** Version of the Pulumi CLI, without the v. */
  readonly cliVersion: string;
  /** Oldest Go that can build it. */
  readonly goVersion: string;
}

export function readPin(goMod = readFileSync(join(moduleFolder, "go.mod"), "utf8")): Pin {
  const cli = /^\s*github\.com\/pulumi\/pulumi\/pkg\/v3 v(\S+)/m.exec(goMod);
  const go = /^go (\S+)$/m.exec(goMod);
  if (cli?.[1] === undefined || go?.[1] === undefined) {
    throw new Error("go.mod names no version of github.com/pulumi/pulumi/pkg/v3, or none of Go.");
  }
  return { cliVersion: cli[1], goVersion: go[1] };
}

/** Without this stamp the CLI takes itself for version 0 and refuses to read newer state. */
export function linkerFlags({ cliVersion }: Pin): string {
  const variable = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";
  // -s and -w leave out debugging tables: 170 MB become 120.
  return `-s -w -X ${variable}=v${cliVersion}`;
}
