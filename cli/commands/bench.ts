import { execa } from "execa";
import { repositoryRoot } from "../paths.ts";

/** What can be measured, and the program that does it. */
export const benchmarks = {
  gateway: "bench/gateway/main.ts",
  ab: "bench/gateway/ab.ts",
} as const;

/**
 * Runs a benchmark under the Node of our tools, since the gateway that it measures runs under the same.
 * @param args the benchmark's own
 * @returns its exit code
 */
export async function bench(
  name: keyof typeof benchmarks,
  args: readonly string[],
): Promise<number> {
  const { exitCode } = await execa(
    process.execPath,
    ["--import", "tsx", benchmarks[name], ...args],
    { cwd: repositoryRoot, stdio: "inherit", reject: false },
  );
  return exitCode ?? 1;
}
