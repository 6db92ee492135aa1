import { Listr } from "listr2";
import type { Step } from "./step.ts";

export interface ProgressOutput {
  /** A live list on a terminal; plain lines elsewhere. */
  readonly isTerminal: boolean;
  readonly write: (text: string) => void;
  /** Milliseconds on a clock that only goes forward. */
  readonly now: () => number;
}

/** Least time between two reports of one step in plain output: enough to see life, little enough to read. */
const plainReportEveryMs = 5_000;

/** Standard error, so that a command's result can be piped. */
export const standardProgress: ProgressOutput = {
  isTerminal: canShowLiveList(process.stderr, process.env),
  write: (text) => process.stderr.write(text),
  now: () => performance.now(),
};

/** A terminal that says no width, as under `script` or a job's pseudo-terminal, would break every line after a letter. */
export function canShowLiveList(
  stream: { readonly isTTY?: boolean; readonly columns?: number },
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  return (
    stream.isTTY === true &&
    (stream.columns ?? 0) > 0 &&
    env.CI === undefined &&
    env.TERM !== "dumb"
  );
}

/**
 * Runs steps in order and shows each with its time. The first that fails ends the run.
 * @throws what the step threw
 */
export async function runSteps(
  steps: readonly Step[],
  output: ProgressOutput = standardProgress,
): Promise<void> {
  await (output.isTerminal ? runLive(steps) : runPlain(steps, output));
}

async function runPlain(steps: readonly Step[], { write, now }: ProgressOutput): Promise<void> {
  for (const step of steps) {
    const startedAt = now();
    let reportedAt = startedAt;
    let last = "";
    write(`- ${step.title}\n`);
    const report = (text: string): void => {
      if (text === last || now() - reportedAt < plainReportEveryMs) return;
      reportedAt = now();
      last = text;
      write(`    ${text}\n`);
    };
    try {
      const result = await step.run(report);
      write(
        `  done in ${seconds(now() - startedAt)}${result === undefined ? "" : `: ${result}`}\n`,
      );
    } catch (error) {
      write(`  failed after ${seconds(now() - startedAt)}\n`);
      throw error;
    }
  }
}

async function runLive(steps: readonly Step[]): Promise<void> {
  const tasks = new Listr(
    steps.map((step) => ({
      title: step.title,
      task: async (_context: unknown, task: { output: string; title: string }) => {
        const startedAt = performance.now();
        const time = () => seconds(performance.now() - startedAt);
        // A clock of our own: the list would show a time only at the end, and a build takes minutes.
        const tick = setInterval(() => {
          task.title = `${step.title} (${time()})`;
        }, 1000);
        try {
          const result = await step.run((text) => {
            task.output = text;
          });
          task.title = `${step.title} (${time()})${result === undefined ? "" : `: ${result}`}`;
        } finally {
          clearInterval(tick);
        }
      },
    })),
    {
      renderer: "default",
      rendererOptions: { collapseErrors: false, showErrorMessage: false, lazy: false },
      registerSignalListeners: false,
    },
  );
  await tasks.run();
}

function seconds(milliseconds: number): string {
  return milliseconds < 9950
    ? `${(milliseconds / 1000).toFixed(1)} s`
    : `${Math.round(milliseconds / 1000)} s`;
}
