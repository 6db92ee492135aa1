import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";

export interface CommandOptions {
  readonly cwd?: string;
  /** Added to this process's environment; an undefined value takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Each line of output, as it comes, of standard error and output alike; results in JSON are left out. */
  readonly onLine?: (line: string) => void;
  readonly timeoutMs: number;
}

export interface CommandResult {
  readonly ok: boolean;
  readonly stdout: string;
  /** What went wrong, in words, when it is not ok: exit code, signal, deadline, or that there is no such program. */
  readonly failure: string;
  /** The last lines of both streams, in the order they came, for an error message. */
  readonly tail: string;
}

const tailLines = 20;
/** How long after SIGTERM a program is killed. */
const killAfterMs = 5000;
/** A daemon that the program has started may hold its output open for ever; nobody waits longer than this for the end. */
const outputGraceMs = 1000;

/**
 * Runs a program to its end without standard input. It never throws: the caller knows what a failure means.
 */
export async function runCommand(
  file: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stdout: string[] = [];
  const tail: string[] = [];
  const keep = (line: string): void => {
    tail.push(line);
    if (tail.length > tailLines) tail.shift();
    if (!line.startsWith("{")) options.onLine?.(line);
  };
  const reading = Promise.all([
    readLines(child.stdout, (line) => {
      stdout.push(line);
      keep(line);
    }),
    readLines(child.stderr, keep),
  ]);
  const failure = await ending(child, file, options.timeoutMs);
  await Promise.race([reading, delay(outputGraceMs, undefined, { ref: false })]);
  child.stdout.destroy();
  child.stderr.destroy();
  return { ok: failure === "", stdout: stdout.join("\n"), failure, tail: tail.join("\n") };
}

async function readLines(stream: Readable, onLine: (line: string) => void): Promise<void> {
  const lines = createInterface({ input: stream, crlfDelay: Infinity });
  lines.on("line", onLine);
  await new Promise((resolve) => lines.once("close", resolve));
}

/** @returns what went wrong, or an empty string */
function ending(child: ChildProcess, file: string, timeoutMs: number): Promise<string> {
  return new Promise((resolve) => {
    let timedOut = false;
    const deadline = setTimeout(() => {
      timedOut = true;
      child.kill("SIGTERM");
    }, timeoutMs);
    const kill = setTimeout(() => child.kill("SIGKILL"), timeoutMs + killAfterMs);
    const end = (failure: string): void => {
      clearTimeout(deadline);
      clearTimeout(kill);
      resolve(failure);
    };
    child.once("error", (error: NodeJS.ErrnoException) => {
      end(error.code === "ENOENT" ? `there is no program "${file}"` : error.message);
    });
    child.once("exit", (code, signal) => {
      if (timedOut) end(`${file} did not end within ${timeoutMs / 1000} s`);
      else if (signal !== null) end(`${file} was ended by ${signal}`);
      else end(code === 0 ? "" : `${file} ended with exit code ${code ?? "unknown"}`);
    });
  });
}
