import { spawn } from "node:child_process";
import { constants } from "node:os";
import { ExitError } from "./notice.mjs";

const keptOutput = 64 * 1024;

/**
 * Runs a command without showing its output. SIGINT and SIGTERM end the command too, since a terminal sends the first to
 * both and a supervisor the second to us alone.
 *
 * @param {string[]} command program and arguments
 * @param {string} cwd
 * @returns {Promise<{code: number | null, signal: number | null, output: string}>} the exit code, or 128 and the number
 *   of the signal that ended it or us, and the last 64 KiB of what it printed
 */
export function spawnQuietly([program, ...args], cwd) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let received = null;
    const keep = (chunk) => (output = (output + chunk.toString()).slice(-keptOutput));
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);

    const stop = (signal) => {
      received ??= signal;
      child.kill(signal);
    };
    process.on("SIGINT", stop).on("SIGTERM", stop);
    const unhook = () => process.off("SIGINT", stop).off("SIGTERM", stop);

    child.once("error", (error) => {
      unhook();
      const advice =
        error.code === "ENOENT" ? " Install Node with npm, and see that it is on the PATH." : "";
      reject(new ExitError(`Cannot run ${program}: ${error.message}.${advice}`, 1));
    });
    child.once("close", (code, signal) => {
      unhook();
      const ended = received ?? signal;
      resolve({ code, signal: ended === null ? null : 128 + constants.signals[ended], output });
    });
  });
}
