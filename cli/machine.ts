import { homedir } from "node:os";
import { createInterface } from "node:readline/promises";
import { baseImagesOf } from "../topology/build-topology.ts";
import type { MachineFacts } from "../topology/machine-facts.ts";
import type { StackConfig } from "../topology/stack-config.ts";
import { findEngine } from "./engine/engine-facts.ts";
import { resolvePaths, type Paths } from "./paths.ts";
import { runSteps, standardProgress } from "./progress/run-steps.ts";
import { readEarlierFacts } from "./setup/machine-file.ts";
import { pulumiEnvironment } from "./setup/pulumi-env.ts";
import { setupSteps } from "./setup/setup.ts";
import { exitCodes, UserError } from "./setup/user-error.ts";

/** This machine, made ready. */
export interface Machine {
  readonly facts: MachineFacts;
  readonly paths: Paths;
  /** What a Pulumi process needs beyond this process's environment. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * What set-up has made of this machine.
 * @throws UserError with exit code 3 when it never ran
 */
export function readMachine(): Machine {
  const paths = resolvePaths();
  const facts = readEarlierFacts(paths);
  if (facts === undefined) {
    throw new UserError(
      `This machine is not set up (${paths.machineFacts} is missing or of another version): run \`npm run setup\`.`,
      exitCodes.notReachable,
    );
  }
  return { facts, paths, env: pulumiEnvironment(facts, paths) };
}

export interface PrepareOptions {
  /** Install what is missing without asking. */
  readonly yes: boolean;
  /** Ask the official sources again where a replacement is in use. @default false */
  readonly refresh?: boolean;
  /** Settings of the stack: base images that it names itself are its own business. @default none */
  readonly config?: Pick<StackConfig, "images" | "replicas">;
  /** Whether base images are provided too; a recorded release has its own. @default true */
  readonly withImages?: boolean;
}

/** Makes this machine ready; what is there is used. */
export async function prepareMachine({
  yes,
  refresh = false,
  config = { images: {}, replicas: {} },
  withImages = true,
}: PrepareOptions): Promise<Machine> {
  const answer = yes ? undefined : await askWhereAnEngineIsMissing();
  const notices: string[] = [];
  const steps = setupSteps({
    refresh,
    images: baseImagesOf(config).filter((name) => withImages && config.images[name] === undefined),
    // A line between the lines of a live list would break it, so there it waits for the list's end.
    notice: (text) => {
      if (standardProgress.isTerminal) notices.push(text);
      else standardProgress.write(`    ${text}\n`);
    },
    ...(answer !== undefined && { confirm: () => Promise.resolve(answer) }),
  });
  try {
    await runSteps(steps);
  } finally {
    for (const text of notices) standardProgress.write(`${text}\n`);
  }
  return readMachine();
}

/**
 * Asks before the steps start, since a question in the middle of a live list cannot be answered.
 * @returns whether software may be installed; undefined when nobody was asked, and a notice then says what is done
 */
async function askWhereAnEngineIsMissing(): Promise<boolean | undefined> {
  if (!process.stdin.isTTY || !standardProgress.isTerminal) return undefined;
  if ((await findEngine({ env: process.env, userHome: homedir() })).found) return undefined;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(
      "No Docker engine answers. Install and start Debian's docker.io where that is possible? [Y/n] ",
    );
    return !/^\s*n/i.test(answer);
  } finally {
    terminal.close();
  }
}
