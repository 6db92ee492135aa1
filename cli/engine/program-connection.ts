import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { Duplex } from "node:stream";

const longestComplaint = 2_000;

/**
 * A connection whose bytes go through a child process: what comes is the process's standard output, what is sent goes to
 * its standard input. Node's HTTP client takes it for a socket. It ends with the process, and with what that has said on
 * standard error; and the process ends with this one, since its input does.
 */
export class ProgramConnection extends Duplex {
  readonly #child: ChildProcessWithoutNullStreams;
  #complaint = "";

  /** @param explain makes a sentence of what the program has said on standard error */
  constructor(file: string, args: readonly string[], explain: (complaint: string) => string) {
    super();
    const child = spawn(file, args, { stdio: ["pipe", "pipe", "pipe"] });
    this.#child = child;
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-longestComplaint);
    });
    child.stdout.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) child.stdout.pause();
    });
    // A broken pipe is only the consequence; the end of the process tells why.
    child.stdin.on("error", () => undefined);
    child.once("error", (error) => this.destroy(error));
    child.once("close", (code) => {
      const complaint = explain(this.#complaint.trim().replace(/\s*\r?\n/g, "; "));
      this.destroy(new Error(complaint || `${file} ended with exit code ${code ?? ""}`));
    });
  }

  override _read(): void {
    this.#child.stdout.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    // A failure shows as the end of the process.
    this.#child.stdin.write(chunk, (error) => {
      if (error == null) done();
    });
  }

  override _final(done: () => void): void {
    this.#child.stdin.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#child.kill();
    done(error);
  }

  /** The rest of what an HTTP client expects of a socket. An idle connection does not keep this process alive. */
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
    this.#parts().forEach((part) => part.ref());
    return this;
  }

  unref(): this {
    this.#parts().forEach((part) => part.unref());
    return this;
  }

  #parts(): { ref(): void; unref(): void }[] {
    const { stdin, stdout, stderr } = this.#child;
    return [this.#child, ...([stdin, stdout, stderr] as unknown as Socket[])];
  }
}

interface Socket {
  ref(): void;
  unref(): void;
}
