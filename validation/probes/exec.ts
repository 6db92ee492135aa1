import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import type { CommandFacts } from "../evidence.ts";
import { demultiplex } from "./demultiplex.ts";

const maxOutputBytes = 64 * 1024;

/**
 * Runs a command in a running container, as the user the container runs as.
 * @returns exit code and output, of which 64 KiB are kept
 * @throws Error when the container is not running or the signal is given; a command that fails is an answer, not an error
 */
export async function execIn(
  engine: Docker,
  container: string,
  command: readonly string[],
  signal: AbortSignal,
): Promise<CommandFacts & { stdout: string }> {
  const exec = await engine.getContainer(container).exec({
    Cmd: [...command],
    AttachStdout: true,
    AttachStderr: true,
    abortSignal: signal,
  });
  const stream = await exec.start({ Detach: false, Tty: false, abortSignal: signal });
  const { stdout, output } = demultiplex(await readAll(stream, signal));
  return { exitCode: await exitCodeOf(exec, signal), stdout, output };
}

async function readAll(stream: Readable, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  const stop = (): void => void stream.destroy(signal.reason as Error);
  signal.addEventListener("abort", stop, { once: true });
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      // What goes beyond is read and dropped: closing early would end the command by SIGPIPE.
      if (length < maxOutputBytes) chunks.push(chunk);
      length += chunk.length;
    }
  } finally {
    signal.removeEventListener("abort", stop);
  }
  return Buffer.concat(chunks);
}

/** The output may end a moment before the engine has noted the exit code. */
async function exitCodeOf(exec: Docker.Exec, signal: AbortSignal): Promise<number> {
  for (let look = 0; look < 40; look++) {
    const { Running: running, ExitCode: exitCode } = await exec.inspect({ abortSignal: signal });
    if (!running && exitCode !== null) return exitCode;
    await sleep(25, undefined, { signal });
  }
  throw new Error("The command's output ended, but the engine names no exit code.");
}
