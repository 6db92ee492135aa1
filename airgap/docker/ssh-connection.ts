import { spawn } from "node:child_process";
import type { ChildProcess, ChildProcessWithoutNullStreams } from "node:child_process";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";

/**
 * A connection whose bytes go through a child process: what it reads is the process's standard
 * output, what is written goes to its standard input. Node's HTTP client takes it for a socket.
 *
 * When the process ends, the connection ends with what the process has written to standard error.
 */
export class SshConnection extends Duplex {
  readonly #child: ChildProcessWithoutNullStreams;
  #complaint = "";

  constructor(command: string, args: readonly string[]) {
    super();
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
    this.#child = child;
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-LONGEST_COMPLAINT);
    });
    child.stdout.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) child.stdout.pause();
    });
    // A broken pipe is only the consequence; the end of the process tells why.
    child.stdin.on("error", () => undefined);
    child.on("error", (error) => this.destroy(error));
    child.on("close", (code) => {
      const why = [`${command} ended with status ${String(code)}`, this.#complaint.trim()];
      this.destroy(new Error(why.filter(Boolean).join(": ")));
    });
  }

  override _read(): void {
    this.#child.stdout.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: () => void): void {
    this.#child.stdin.write(chunk, encoding, (error) => {
      if (error === null || error === undefined) done();
    });
  }

  override _final(done: () => void): void {
    this.#child.stdin.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#child.kill();
    done(error);
  }

  /** The rest of what an HTTP client expects of a socket. */
  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setTimeout(): this {
    return this;
  }

  ref(): this {
    for (const part of this.#parts()) part.ref();
    return this;
  }

  /** An idle connection does not keep a program alive that has done its work. */
  unref(): this {
    for (const part of this.#parts()) part.unref();
    return this;
  }

  /** The pipes hold a program as much as the process does. */
  #parts(): readonly Pick<ChildProcess, "ref" | "unref">[] {
    const { stdin, stdout, stderr } = this.#child;
    return [this.#child, ...([stdin, stdout, stderr] as unknown as Socket[])];
  }
}

const LONGEST_COMPLAINT = 2_000;
