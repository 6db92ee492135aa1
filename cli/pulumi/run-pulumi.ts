import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { UserError } from "../setup/user-error.ts";
import { repositoryRoot } from "../paths.ts";
import { describeProgress, idle, readEvent, type OperationState } from "./events.ts";
import { notePulumiInLock } from "../lock/stack-lock.ts";
import { interruptedError, refuseAfterSignal } from "../processes/interruption.ts";
import { killSession, passSignalsTo } from "../processes/pass-signals.ts";
import { identify } from "../processes/processes.ts";

/** Where the CLI is and what it needs around it. */
export interface PulumiSetting {
  /** Environment beyond this process's own: PATH with the toolchain, PULUMI_HOME, backend, passphrase. */
  readonly env: Readonly<Record<string, string>>;
}

/** Longest that one Pulumi command may take: far above a cold deploy, but an end. */
const deadlineMs = 30 * 60_000;
/** Time to stop in good order after the deadline. */
const killAfterMs = 60_000;
const lastLines = 20;

/**
 * Runs `pulumi up` or `pulumi destroy` and follows its events.
 * @param args without `--yes`, `--skip-preview` and `--json`, which are always given
 * @param report gets a line about what is going on
 * @returns the state at the end
 * @throws UserError with the engine's error messages; exit code 130 when a signal ended it
 */
export function runOperation(
  setting: PulumiSetting,
  args: readonly string[],
  report: (text: string) => void,
): Promise<OperationState> {
  return follow(setting, [...args, "--yes", "--skip-preview"], (state) => {
    report(describeProgress(state));
  });
}

/**
 * Runs `pulumi preview` and follows its events, which are those of `pulumi up`.
 * @param args without `preview` and `--json`, which are always given
 * @param onEvent gets each line of the event stream, and the state after it
 * @returns the state at the end
 * @throws UserError as `runOperation` does
 */
export function runPreview(
  setting: PulumiSetting,
  args: readonly string[],
  onEvent: (line: string, state: OperationState) => void,
): Promise<OperationState> {
  // Without the variable the command prints a single document when all is over.
  const env = { ...setting.env, PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" };
  return follow({ env }, ["preview", ...args], (state, line) => onEvent(line, state));
}

async function follow(
  setting: PulumiSetting,
  args: readonly string[],
  onEvent: (state: OperationState, line: string) => void,
): Promise<OperationState> {
  let state = idle;
  const output: string[] = [];
  const always = [...parallelism(setting), "--json", "--non-interactive"];
  const ending = await run(setting, [...args, ...always], (line) => {
    const next = readEvent(state, line);
    if (next === state && !line.startsWith("{")) output.push(line);
    state = next;
    onEvent(state, line);
  });
  refuseEarlyEnd(ending, args);
  if (ending.code === 0) return state;
  const errors = state.errors.length > 0 ? state.errors : output.slice(-lastLines);
  throw new UserError(`pulumi ${args[0] ?? ""} failed:\n\n${errors.join("\n\n")}`);
}

/**
 * Over ssh each operation on the engine may open a connection of its own, as the official provider does, and an ssh server
 * takes ten that have not logged in yet before it drops some.
 */
function parallelism({ env }: PulumiSetting): string[] {
  return env.DOCKER_HOST?.startsWith("ssh://") === true ? ["--parallel", "4"] : [];
}

/**
 * Runs a short Pulumi command and gives its standard output.
 * @throws UserError with what it printed
 */
export async function askPulumi(setting: PulumiSetting, args: readonly string[]): Promise<string> {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const ending = await run(
    setting,
    [...args, "--non-interactive"],
    (line) => stdout.push(line),
    (line) => stderr.push(line),
  );
  refuseEarlyEnd(ending, args);
  if (ending.code === 0) return stdout.join("\n");
  throw new UserError(`pulumi ${args.join(" ")} failed:\n${[...stderr, ...stdout].join("\n")}`);
}

interface Ending {
  readonly code: number | null;
  readonly interrupted: boolean;
  readonly timedOut: boolean;
}

function refuseEarlyEnd({ interrupted, timedOut }: Ending, args: readonly string[]): void {
  if (interrupted) throw interruptedError();
  if (!timedOut) return;
  throw new UserError(
    `pulumi ${args[0] ?? ""} was ended: it took more than ${deadlineMs / 60_000} minutes. Run the command again to go on.`,
  );
}

/**
 * A session of its own: a terminal's Ctrl-C would otherwise reach the CLI, the language host, the program and the
 * providers all at once, and end the providers in the middle of what they do.
 */
async function run(
  setting: PulumiSetting,
  args: readonly string[],
  onStdout: (line: string) => void,
  onStderr: (line: string) => void = onStdout,
): Promise<Ending> {
  refuseAfterSignal();
  const child = spawn("pulumi", args, {
    cwd: repositoryRoot,
    env: { ...process.env, ...setting.env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  createInterface({ input: child.stdout }).on("line", onStdout);
  createInterface({ input: child.stderr }).on("line", onStderr);
  const leader = child.pid === undefined ? null : identify(child.pid);
  const forget = leader === null ? undefined : notePulumiInLock(leader);
  const signals = passSignalsTo(child);
  let timedOut = false;
  const deadline = setTimeout(() => {
    timedOut = true;
    child.kill("SIGINT");
  }, deadlineMs);
  // As after a second signal: whoever does not stop in good order is ended.
  const lastDeadline = setTimeout(() => killSession(leader), deadlineMs + killAfterMs);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (exit) => resolve(exit));
    });
    return { code, interrupted: signals.received(), timedOut };
  } finally {
    clearTimeout(deadline);
    clearTimeout(lastDeadline);
    signals.stop();
    forget?.();
  }
}
