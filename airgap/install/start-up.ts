import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const DEADLINE_MS = 30_000;

/**
 * Starts a plugin as the engine does, in an empty folder, so that nothing beside it can help.
 *
 * @returns the time from the start to the line with the port, in milliseconds
 * @throws Error with what the plugin printed if it prints no port within 30 seconds
 */
export async function measureStart(executable: string): Promise<number> {
  const empty = mkdtempSync(join(tmpdir(), "plugin-start-"));
  const startedAt = performance.now();
  const child = spawn(executable, [], { cwd: empty, stdio: ["ignore", "pipe", "pipe"] });
  try {
    return await new Promise<number>((resolve, reject) => {
      let printed = "";
      const fail = (what: string) =>
        reject(new Error(`${executable} ${what}; it printed: ${printed.trim() || "nothing"}`));
      const timer = setTimeout(() => fail(`gave no port within ${DEADLINE_MS} ms`), DEADLINE_MS);
      child.stderr.on("data", (chunk: Buffer) => (printed += chunk.toString()));
      child.stdout.on("data", (chunk: Buffer) => {
        printed += chunk.toString();
        if (/^\d+\n/.test(printed)) resolve(performance.now() - startedAt);
      });
      child.on("error", (error) => fail(`could not be started: ${error.message}`));
      child.on("close", (code) => fail(`ended with exit code ${code ?? "none"}`));
      child.on("close", () => clearTimeout(timer));
    });
  } finally {
    child.kill("SIGKILL");
    rmSync(empty, { recursive: true, force: true });
  }
}
