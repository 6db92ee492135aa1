import { execFile } from "node:child_process";
import { promisify } from "node:util";

const DEADLINE_MS = 120_000;

/** Runs the docker command. @returns its output's lines. @throws if it fails, with what it said */
export async function runDocker(...args: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)("docker", args, { timeout: DEADLINE_MS });
  return stdout.split("\n").filter((line) => line !== "");
}
