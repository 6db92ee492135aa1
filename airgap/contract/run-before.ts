import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { JsonObject } from "./recording.ts";

const DEADLINE_MS = 60_000;

/**
 * Runs the shell command of a step, such as `docker stop ct-c`: what a person did by hand between
 * two Pulumi commands.
 *
 * @param outputs logical name to the newest outputs, for `${name.output}` in the command
 */
export async function runBefore(
  command: string,
  folder: string,
  outputs: ReadonlyMap<string, JsonObject>,
): Promise<void> {
  const expanded = command.replace(
    /\$\{(\w+)\.(\w+)\}/g,
    (_whole, name: string, output: string) => {
      const value = outputs.get(name)?.[output];
      if (typeof value !== "string")
        throw new Error(`"${command}": ${name} has no output ${output}`);
      return value;
    },
  );
  await promisify(execFile)("sh", ["-c", expanded], { cwd: folder, timeout: DEADLINE_MS });
}
