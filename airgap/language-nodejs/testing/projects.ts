import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { Run } from "../command.ts";

/** A project folder with these files, removed after the test. */
export function projectWith(files: Readonly<Record<string, string>>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "language nodejs ")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

/** A project whose SDK has this `run` script, so that no program and no engine is needed. */
export function projectWithRunScript(script: string): string {
  return projectWith({
    "node_modules/@pulumi/pulumi/package.json": '{"name":"@pulumi/pulumi","version":"3.1.0"}',
    "node_modules/@pulumi/pulumi/cmd/run/index.js": script,
  });
}

/** A run of the program in a folder, with nothing unusual about it. */
export function runOf(folder: string, change: Partial<Run> = {}): Run {
  return {
    program: {
      rootDirectory: folder,
      programDirectory: folder,
      entryPoint: ".",
      options: { typescript: false, nodeArgs: [], tsconfig: undefined, packageManager: "auto" },
    },
    organization: "organization",
    project: "shop",
    stack: "dev",
    config: new Map(),
    configSecretKeys: [],
    dryRun: false,
    parallel: 4,
    args: [],
    monitorAddress: "127.0.0.1:1",
    engineAddress: "127.0.0.1:2",
    ...change,
  };
}
