import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { moduleFolder } from "./pin.ts";

export interface GoResult {
  readonly ok: boolean;
  readonly stdout: string;
  /** The end of its error output. */
  readonly errors: string;
}

const keptLines = 30;

/**
 * Runs Go in our module, with what makes the result depend on the module alone: no C compiler, no vendoring, no
 * question to version control. It never throws; `explain` turns a failure into a sentence.
 *
 * @param onLine gets each line of its error output, where Go says what it downloads and compiles
 */
export async function runGo(
  args: readonly string[],
  onLine: (line: string) => void = () => undefined,
  env: Readonly<Record<string, string>> = {},
): Promise<GoResult> {
  const child = spawn("go", args, {
    cwd: moduleFolder,
    env: {
      ...process.env,
      CGO_ENABLED: "0",
      GOWORK: "off",
      GOFLAGS: "-mod=readonly -buildvcs=false",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  // Ended from outside, it must not leave Go at work behind it.
  const stop = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.once("SIGTERM", stop).once("SIGINT", stop);
  const errors: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    errors.push(line);
    if (errors.length > keptLines) errors.shift();
    onLine(line);
  });
  let stdout = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  const ended = await new Promise<string>((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    child.once("close", (code, signal) =>
      resolve(code === 0 ? "" : (signal ?? `exit code ${code ?? ""}`)),
    );
  });
  process.off("SIGTERM", stop).off("SIGINT", stop);
  if (ended !== "") errors.push(ended);
  return { ok: ended === "", stdout, errors: errors.join("\n") };
}

/** The Go on the PATH, as in `go1.26.6`; undefined when there is none. */
export async function goVersion(): Promise<string | undefined> {
  // Without this, Go would fetch the version that go.mod asks for before it says which it is.
  const result = await runGo(["version"], undefined, { GOTOOLCHAIN: "local" });
  return result.ok ? /go(\d+\.\d+(?:\.\d+)?)/.exec(result.stdout)?.[1] : undefined;
}

/** Whether version `a` is at least `b`; both as in 1.26.6. */
export function isAtLeast(a: string, b: string): boolean {
  const [left, right] = [a, b].map((version) => version.split(".").map(Number));
  for (let index = 0; index < 3; index += 1) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
