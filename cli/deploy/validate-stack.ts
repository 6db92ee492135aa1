import { join } from "node:path";
import type { Deployment } from "../../catalog/deployment.ts";
import { renderConsole } from "../../validation/report/console.ts";
import { runValidation } from "../../validation/validate.ts";
import type { RunContext } from "../../validation/options.ts";
import { connectEngine } from "../engine/engine-client.ts";
import { engineFacts } from "../engine/engine-facts.ts";
import { requireSameEngine } from "../engine/engine-of-stack.ts";
import { openPortWays, urlsOf } from "../engine/port-ways.ts";
import type { Machine } from "../machine.ts";
import { repositoryRoot } from "../paths.ts";
import { runSteps } from "../progress/run-steps.ts";
import { isInterruption, takeSignals } from "../processes/interruption.ts";
import { readDeployment } from "../pulumi/stacks.ts";
import { exitCodes, UserError } from "../setup/user-error.ts";
import { sourceRevision } from "../source-revision.ts";

export interface ValidateOptions {
  readonly stack: string;
  /** Show every check, not only those that failed. */
  readonly verbose: boolean;
  /** What asked for it; part of the report. */
  readonly trigger: "deploy" | "rollback" | "manual";
  /** Known already, after a deploy. @default read from the stack's output */
  readonly deployment?: Deployment;
}

export interface Validated {
  /** 0 passed, 1 failed, 3 engine or stack not reachable, 4 inconclusive, 130 interrupted. */
  readonly exitCode: number;
  /** Folder of the report. */
  readonly reportDir: string;
}

/** Checks that the deployed stack does what the plan promises, and leaves a report. */
export async function validateStack(
  machine: Machine,
  options: ValidateOptions,
): Promise<Validated> {
  const { stack, verbose, trigger } = options;
  if (options.deployment === undefined) await refuseOtherEngine(machine, stack);
  const deployment = options.deployment ?? (await readOrExplain(machine, stack));
  const { engine } = machine.facts;
  const abort = new AbortController();
  // The first signal ends the validation with a report, the second without.
  const giveBackSignals = takeSignals((count) => {
    if (count === 1) abort.abort();
    else process.exit(exitCodes.interrupted);
  });
  try {
    let outcome: Awaited<ReturnType<typeof runValidation>> | undefined;
    const runContext = await describeRun(machine, trigger);
    await runSteps([
      {
        title: `Validate stack ${stack}`,
        run: async (report) => {
          const urls = "unreadable" in deployment ? [] : urlsOf(deployment);
          const { ways, close } = await openPortWays(engine.host, urls);
          outcome = await runValidation({
            deployment,
            docker: { client: connectEngine(engine), host: engine.host },
            ways,
            stackName: stack,
            reportsRoot: join(repositoryRoot, "reports"),
            runContext,
            signal: abort.signal,
            onAttempt: ({ attempt, checks, waitingFor }) => {
              report(
                `attempt ${attempt}: ${checks} checks` +
                  (waitingFor.length === 0 ? "" : `, waiting for ${waitingFor.join(", ")}`),
              );
            },
          }).finally(close);
          return outcome.report.verdict;
        },
      },
    ]);
    if (outcome === undefined) throw new Error("The validation ended without an outcome.");
    const { columns, isTTY } = process.stdout;
    process.stdout.write(
      `\n${renderConsole(outcome.report, {
        verbose,
        color: isTTY && process.env.NO_COLOR === undefined,
        width: isTTY ? columns : 120,
      })}\nReport: ${outcome.reportDir}\n`,
    );
    return outcome;
  } finally {
    giveBackSignals();
  }
}

/** An engine that does not answer is a result of the validation, with a report. */
async function refuseOtherEngine({ facts, paths }: Machine, stack: string): Promise<void> {
  const answers = await engineFacts(facts.engine).then(
    () => true,
    () => false,
  );
  if (answers) await requireSameEngine(paths, stack, facts.engine);
}

async function readOrExplain(
  machine: Machine,
  stack: string,
): Promise<Deployment | { unreadable: string }> {
  try {
    return await readDeployment({ env: machine.env }, stack);
  } catch (error) {
    // A stack that cannot be read is a result of its own, with a report.
    if (error instanceof UserError && !isInterruption(error)) return { unreadable: error.message };
    throw error;
  }
}

async function describeRun(machine: Machine, trigger: string): Promise<RunContext> {
  const { engine, toolchain, images } = machine.facts;
  const facts = { trigger, git: await sourceRevision(), engine, toolchain, images };
  return JSON.parse(JSON.stringify(facts)) as RunContext;
}
