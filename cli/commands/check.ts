import { execa } from "execa";
import { repositoryRoot } from "../paths.ts";

const checks: readonly (readonly [string, ...string[]])[] = [
  ["tsc", "--noEmit"],
  ["eslint", "--max-warnings", "0", "."],
  ["prettier", "--check", "--log-level", "warn", "."],
];

/**
 * Type check, lint and format check, all of them even when one fails.
 * @returns 0 when all pass, else 1
 */
export async function check(): Promise<number> {
  const failed: string[] = [];
  for (const [file, ...args] of checks) {
    process.stdout.write(`- ${[file, ...args].join(" ")}\n`);
    const { exitCode } = await execa(file, args, {
      cwd: repositoryRoot,
      preferLocal: true,
      stdio: "inherit",
      reject: false,
    });
    if (exitCode !== 0) failed.push(file);
  }
  if (failed.length > 0) process.stdout.write(`failed: ${failed.join(", ")}\n`);
  return failed.length === 0 ? 0 : 1;
}
