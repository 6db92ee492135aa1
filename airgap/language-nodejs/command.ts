import nodeModule from "node:module";
import { join } from "node:path";
import type { RuntimeOptions } from "./options.ts";

/** A Pulumi program, as the engine describes it. */
export interface Program {
  /** Where Pulumi.yaml is. */
  readonly rootDirectory: string;
  /** Where the program is: the root, or the folder of `main`. */
  readonly programDirectory: string;
  /** What node is to load in the program's folder; `.` for the folder itself. */
  readonly entryPoint: string;
  readonly options: RuntimeOptions;
}

/** One run of a program: a preview, an update, or a destroy with the program. */
export interface Run {
  readonly program: Program;
  readonly organization: string;
  readonly project: string;
  readonly stack: string;
  /** Configuration by full key, `namespace:name`. */
  readonly config: ReadonlyMap<string, string>;
  readonly configSecretKeys: readonly string[];
  readonly dryRun: boolean;
  readonly parallel: number;
  /** Arguments for the program itself. */
  readonly args: readonly string[];
  /** Address of the resource monitor, to which the program registers its resources. */
  readonly monitorAddress: string;
  /** Address of the engine; empty if the host was started by hand. */
  readonly engineAddress: string;
}

export interface Command {
  readonly args: readonly string[];
  /** Added to the host's own environment. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The command line and environment with which the official host runs a program, for the SDK's `run`
 * script at `runPath`. Two things are left out: `--sync`, which carries invokes that block the
 * program, a thing current SDKs no longer do; and the monitor proxy that exists only to serve it.
 */
export function programCommand(run: Run, runPath: string): Command {
  const { program } = run;
  const flag = (name: string, value: string) => (value === "" ? [] : [`--${name}`, value]);
  return {
    args: [
      ...program.options.nodeArgs,
      runPath,
      ...flag("monitor", run.monitorAddress),
      ...flag("engine", run.engineAddress),
      ...flag("organization", run.organization),
      ...flag("project", run.project),
      ...flag("root-directory", program.rootDirectory),
      ...flag("stack", run.stack),
      ...flag("pwd", program.programDirectory),
      ...(run.dryRun ? ["--dry-run"] : []),
      ...flag("parallel", String(run.parallel)),
      program.entryPoint,
      ...run.args,
    ],
    env: {
      PULUMI_CONFIG: JSON.stringify(configForSdk(run.config)),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(run.configSecretKeys),
      ...(program.options.typescript && { PULUMI_NODEJS_TYPESCRIPT: "true" }),
      ...(program.options.tsconfig !== undefined && {
        PULUMI_NODEJS_TSCONFIG_PATH: program.options.tsconfig,
      }),
    },
  };
}

/**
 * Finds the SDK's `run` script among the packages of the program, not of this host: program and
 * script must share one SDK.
 *
 * @throws Error that says what to install, and where
 */
export function locateRunScript(programDirectory: string): string {
  try {
    return nodeModule
      .createRequire(join(programDirectory, "program.js"))
      .resolve("@pulumi/pulumi/cmd/run");
  } catch (cause) {
    throw new Error(
      `the Pulumi SDK is not installed for the program in ${programDirectory}; run npm install ` +
        "there (the package is @pulumi/pulumi)",
      { cause },
    );
  }
}

/** The SDK takes keys with and without `:config:`; old ones only with it, so it is what hosts send. */
function configForSdk(config: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries(
    [...config].map(([key, value]) => [
      key.includes(":config:") ? key : key.replace(":", ":config:"),
      value,
    ]),
  );
}
