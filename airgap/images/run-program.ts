import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly onLine?: (line: string) => void;
  readonly timeoutMs: number;
}

/**
 * Runs a program to its end.
 *
 * @throws Error with the last lines of its error output, when it fails or takes too long
 */
export async function runProgram(
  file: string,
  args: readonly string[],
  options: ProgramOptions,
): Promise<{ stdout: string }> {
  const child = spawn(file, args, {
    env: { ...process.env, ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  // The option of spawn would keep this process alive for the whole time when the program is missing.
  const deadline = setTimeout(() => child.kill(), options.timeoutMs);
  const tail: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    tail.push(line);
    if (tail.length > 15) tail.shift();
    options.onLine?.(line);
  });
  let stdout = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  // A program that ends before it has read everything says why by itself.
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input ?? "");
  await new Promise<void>((resolve, reject) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "ENOENT" ? new Error(`there is no program "${file}"`) : error);
    });
    child.once("close", (code, signal) => {
      if (code === 0) resolve();
      else
        reject(
          new Error(
            `${file} ended with ${signal ?? `exit code ${code ?? ""}`}\n${tail.join("\n")}`,
          ),
        );
    });
  }).finally(() => clearTimeout(deadline));
  return { stdout };
}
