import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { Program } from "./peer.ts";

export interface RunningProcess {
  readonly pid: number;
  signal(signal: NodeJS.Signals): void;
  /** Ends it at once. */
  kill(): Promise<void>;
  /** Last lines of its standard error, for the message when it does not get ready. */
  complaint(): string;
}

/**
 * Starts a process. What it writes to its output goes through a pipe to another process that throws it away, as with a
 * container's log.
 * @param procsFiles control groups that it enters before it becomes the program
 */
export function startProcess(
  { command, args, env = {} }: Program,
  procsFiles: readonly string[] = [],
): RunningProcess {
  const enter = procsFiles.map((file) => `echo $$ > ${file} || exit 70; `).join("");
  const output = openDrain();
  const child = spawn("/bin/sh", ["-c", `${enter}exec "$@"`, "sh", command, ...args], {
    stdio: ["ignore", output, "pipe"],
    env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", ...env },
  });
  closeSync(output);
  endWithUs(child);
  let tail = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    tail = (tail + chunk.toString()).slice(-2000);
  });
  return {
    pid: child.pid ?? 0,
    signal: (signal) => void child.kill(signal),
    kill: () => end(child),
    complaint: () => tail,
  };
}

const children = new Set<ChildProcess>();

/** Whatever way this process ends, nothing that it started goes on. */
function endWithUs(child: ChildProcess): void {
  if (children.size === 0 && process.listenerCount("exit", killChildren) === 0) {
    process.on("exit", killChildren);
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));
  }
  children.add(child);
  child.once("exit", () => children.delete(child));
}

function killChildren(): void {
  for (const child of children) child.kill("SIGKILL");
}

/** @returns the writing end of a pipe; the reader ends when the last writer has closed it */
function openDrain(): number {
  const dir = mkdtempSync(join(tmpdir(), "astratrade-bench-log-"));
  const fifo = join(dir, "output");
  execFileSync("mkfifo", [fifo]);
  spawn("/bin/sh", ["-c", `exec cat ${fifo} > /dev/null`], { stdio: "ignore" });
  const writer = openSync(fifo, "w");
  rmSync(dir, { recursive: true });
  return writer;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

const execFileAsync = promisify(execFile);

/** Runs a command to its end. @returns its standard output */
export async function run(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly timeoutMs?: number } = {},
): Promise<string> {
  const { stdout } = await execFileAsync(command, args, {
    cwd: options.cwd,
    timeout: options.timeoutMs ?? 900_000,
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
}

/** Ports that were free a moment ago, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}

/** @throws Error naming what was waited for */
export async function waitFor(
  condition: () => Promise<boolean>,
  { what, deadlineMs = 30_000 }: { readonly what: () => string; readonly deadlineMs?: number },
): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  while (!(await condition().catch(() => false))) {
    if (performance.now() > endMs) throw new Error(`Not within ${deadlineMs} ms: ${what()}`);
    await sleep(50);
  }
}
