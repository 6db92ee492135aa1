import { spawn } from "node:child_process";
import { once } from "node:events";
import { locateRunScript, programCommand, type Run } from "./command.ts";

/** How a program ended, in the form that the engine wants to hear it. */
export interface Outcome {
  /** What to tell the user; empty after success, or when the user knows already. */
  readonly error: string;
  /** The program failed and has told the user why: the engine stops without another word. */
  readonly bail: boolean;
}

/** The SDK leaves with this status when it has shown the error itself. */
const EXIT_AFTER_SHOWN_ERROR = 32;

/** A cancelled program has this long to end by itself. The host's own grace must be longer. */
const CANCEL_GRACE_MS = 2_000;

/**
 * Runs a program to its end, under the same Node that runs this host. Its standard output and error
 * are those of the host, which the engine shows to the user line by line. When the signal aborts, the
 * program gets SIGINT, and SIGKILL if it is still there two seconds later.
 */
export async function runProgram(run: Run, signal: AbortSignal): Promise<Outcome> {
  const command = programCommand(run, locateRunScript(run.program.programDirectory));
  signal.throwIfAborted();
  const child = spawn(process.execPath, command.args, {
    env: { ...process.env, ...command.env },
    stdio: ["ignore", "inherit", "inherit"],
  });
  let killer: NodeJS.Timeout | undefined;
  const cancel = () => {
    child.kill("SIGINT");
    killer = setTimeout(() => child.kill("SIGKILL"), CANCEL_GRACE_MS);
  };
  signal.addEventListener("abort", cancel, { once: true });
  // The engine may end this host before the program has gone; nobody else would end the program then.
  const killOrphan = () => child.kill("SIGKILL");
  process.on("exit", killOrphan);
  try {
    const [code, killedBy] = (await once(child, "exit")) as [number | null, string | null];
    return describeExit(code, killedBy, signal.aborted);
  } catch (cause) {
    throw new Error(`the program could not be started with ${process.execPath}`, { cause });
  } finally {
    clearTimeout(killer);
    signal.removeEventListener("abort", cancel);
    process.off("exit", killOrphan);
  }
}

/** Says how a process ended. Exactly one of `code` and `killedBy` is there. */
export function describeExit(
  code: number | null,
  killedBy: string | null,
  isCancelled: boolean,
): Outcome {
  if (code === 0) return { error: "", bail: false };
  if (code === EXIT_AFTER_SHOWN_ERROR) return { error: "", bail: true };
  if (isCancelled) return { error: "the program was cancelled", bail: false };
  if (killedBy === null) {
    return { error: `Program exited with non-zero exit code: ${code ?? "none"}`, bail: false };
  }
  const hint = MEMORY_SIGNALS.has(killedBy)
    ? "; this is how a program ends that ran out of memory (raise it with nodeargs " +
      '"--max-old-space-size=<MiB>")'
    : "";
  return { error: `Program was killed by ${killedBy}${hint}`, bail: false };
}

/** V8 aborts when its heap is full, the kernel kills when the machine's memory is. */
const MEMORY_SIGNALS: ReadonlySet<string> = new Set(["SIGABRT", "SIGKILL"]);
