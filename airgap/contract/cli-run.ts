import { execFile } from "node:child_process";
import { join } from "node:path";
import type { Bundles } from "./bundles.ts";

/** What a run with the Pulumi CLI needs from outside. */
export interface CliStage {
  /** The folder that stands for `__DIR__`; it becomes the project's folder. */
  readonly folder: string;
  readonly bundles: Bundles;
  /** The CLI's program. */
  readonly pulumi: string;
  readonly arch: string;
}

const COMMAND_DEADLINE_MS = 180_000;

/**
 * Runs a command of the Pulumi CLI in the project's folder, which holds its state as well.
 *
 * @throws if it did not end by itself
 */
export function runPulumi(
  { folder, pulumi }: CliStage,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ readonly exit: number; readonly output: string }> {
  const options = {
    cwd: folder,
    timeout: COMMAND_DEADLINE_MS,
    maxBuffer: 64 * 1024 * 1024,
    env: {
      ...process.env,
      PULUMI_HOME: join(folder, "home"),
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_CONFIG_PASSPHRASE: "contract",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      ...env,
    },
  };
  return new Promise((resolve, reject) => {
    const child = execFile(
      pulumi,
      [...args, "--non-interactive", "--color", "never"],
      options,
      (error, out, err) => {
        if (child.exitCode === null)
          reject(
            new Error(`pulumi ${args.join(" ")} did not end: ${error?.message ?? "no reason"}`),
          );
        else resolve({ exit: child.exitCode, output: `${out}\n${err}` });
      },
    );
  });
}
