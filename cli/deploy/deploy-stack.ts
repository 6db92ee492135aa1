import { parseDeployment, type Deployment } from "../../catalog/deployment.ts";
import { parseBlueprint } from "../../topology/blueprint.ts";
import type { EngineFacts } from "../../topology/machine-facts.ts";
import type { PolicyContext } from "../../topology/policies/index.ts";
import { summariseDrift } from "../drift/describe-drift.ts";
import type { DriftItem } from "../drift/drift-item.ts";
import { confirmMended, findDrift } from "../drift/find-drift.ts";
import { mendingArguments, prepareMending, refuseStrangers } from "../drift/mend.ts";
import { connectEngine } from "../engine/engine-client.ts";
import { noteEngineOfStack, requireSameEngine } from "../engine/engine-of-stack.ts";
import { describeUnhealthy, unhealthyContainers } from "../engine/unhealthy-containers.ts";
import type { Machine } from "../machine.ts";
import { checkPolicies } from "../policies/check-policies.ts";
import { isInterruption } from "../processes/interruption.ts";
import { runSteps } from "../progress/run-steps.ts";
import type { Step } from "../progress/step.ts";
import { describeChanges } from "../pulumi/events.ts";
import { runOperation, type PulumiSetting } from "../pulumi/run-pulumi.ts";
import { selectStack } from "../pulumi/stacks.ts";
import { pruneReleases } from "../releases/prune-releases.ts";
import { recordRelease } from "../releases/record-release.ts";
import { repairBackend } from "../repair/repair-backend.ts";
import { repairStack, type Repaired } from "../repair/repair-stack.ts";
import { refuseWithoutState } from "../repair/refuse-without-state.ts";
import { UserError } from "../setup/user-error.ts";
import { addressLines } from "./addresses.ts";
import { validateStack } from "./validate-stack.ts";

export interface DeployOptions {
  readonly stack: string;
  /** Number of the release that this deploy brings back; null for a deploy of the source. */
  readonly rollbackOf: number | null;
  /** Releases to keep. */
  readonly keepReleases: number;
  /** Take over containers that no state knows. */
  readonly adopt: boolean;
  /** What the stack may publish on the host: its settings, or what a recorded release has published. */
  readonly published: Pick<PolicyContext, "bindAddress" | "publish">;
  /** Show every check, not only those that failed. */
  readonly verbose: boolean;
  /** Called when all that can refuse has passed, right before the first change. */
  readonly onChange?: () => void;
}

/**
 * From a machine that is ready to a stack that is proved: repair what was left, look for drift, hold the preview against
 * the policies, deploy, validate, record. What is deployed is the source, or the record that a pin names.
 * @returns the exit code of the validation
 * @throws UserError
 */
export async function deployStack(machine: Machine, options: DeployOptions): Promise<number> {
  const { stack, rollbackOf, verbose } = options;
  const found: { repaired?: Repaired; drift?: readonly DriftItem[]; outputs?: Outputs } = {};
  const setting: PulumiSetting = { env: machine.env };
  const { engine } = machine.facts;
  await requireSameEngine(machine.paths, stack, engine, (text) => {
    process.stderr.write(`${text}\n`);
  });
  await runSteps([
    {
      title: `Look for what an earlier command has left`,
      run: async (report) => {
        const files = repairBackend(setting, stack);
        await selectStack(setting, stack, () =>
          options.adopt ? Promise.resolve() : refuseWithoutState(machine, stack),
        );
        found.repaired = await repairStack(machine, { stack, adopt: options.adopt, report });
        return [...files, ...found.repaired.done].join("; ") || "nothing";
      },
    },
    {
      title: "Look for drift",
      run: async () => {
        if (found.repaired?.adopted === true) return "not yet: the state is new";
        found.drift = await findDrift(machine, stack);
        refuseStrangers(found.drift);
        return summariseDrift(found.drift);
      },
    },
    {
      title: "Preview and policies",
      run: (report) =>
        checkPolicies(setting, {
          stack,
          extra: extraArguments(found),
          context: { stack, swapLimit: machine.facts.engine.swapLimit, ...options.published },
          report,
        }),
    },
    {
      title: `Deploy stack ${stack}`,
      run: async (report) => {
        const args = ["up", "--stack", stack, ...extraArguments(found)];
        await makeRoom(machine, options, report);
        await noteEngineOfStack(machine.paths, stack, engine);
        options.onChange?.();
        await prepareMending(connectEngine(machine.facts.engine), found.drift ?? []);
        try {
          const state = await runOperation(setting, args, report);
          found.outputs = parseOutputs(state.outputs);
          return describeChanges(state) + (await confirmed(machine, stack, found.drift));
        } catch (error) {
          throw await withLogs(error, stack, machine.facts.engine);
        }
      },
    },
  ]);
  const { outputs } = found;
  if (outputs === undefined) throw new Error("The deploy ended without outputs.");
  const { exitCode, reportDir } = await validateStack(machine, {
    stack,
    verbose,
    deployment: outputs.deployment,
    trigger: rollbackOf === null ? "deploy" : "rollback",
  });
  if (exitCode === 0) await runSteps([recording(machine, options, outputs, reportDir)]);
  process.stdout.write(
    `\n${addressLines(outputs.deployment, machine.facts.engine.host).join("\n")}\n`,
  );
  return exitCode;
}

interface Outputs {
  readonly deployment: Deployment;
  readonly blueprint: ReturnType<typeof parseBlueprint>;
}

function parseOutputs(outputs: Readonly<Record<string, unknown>>): Outputs {
  return {
    deployment: parseDeployment(outputs.deployment),
    blueprint: parseBlueprint(outputs.blueprint),
  };
}

function extraArguments({
  repaired,
  drift = [],
}: {
  repaired?: Repaired;
  drift?: readonly DriftItem[];
}): readonly string[] {
  const mending = mendingArguments(drift);
  const refresh = repaired?.refresh === true && !mending.includes("--refresh");
  return [...mending, ...(refresh ? ["--refresh"] : [])];
}

/** What was there to mend is looked at once more, so that no deploy after this one tries it again for nothing. */
async function confirmed(
  machine: Machine,
  stack: string,
  drift: readonly DriftItem[] = [],
): Promise<string> {
  if (drift.length === 0) return "";
  const left = await confirmMended(machine, stack);
  return left.length === 0 ? "; no drift is left" : `; drift that is left: ${summariseDrift(left)}`;
}

/** Before the disk fills: what the record of this deploy would prune is pruned already. A deploy never fails by it. */
async function makeRoom(
  machine: Machine,
  { stack, keepReleases }: Pick<DeployOptions, "stack" | "keepReleases">,
  report: (text: string) => void,
): Promise<void> {
  try {
    await pruneReleases(machine, stack, keepReleases);
  } catch (error) {
    if (isInterruption(error)) throw error;
    report(`old releases were not pruned: ${(error as Error).message}`);
  }
}

function recording(
  machine: Machine,
  { stack, rollbackOf, keepReleases }: DeployOptions,
  { blueprint }: Outputs,
  reportDir: string,
): Step {
  return {
    title: "Record the release",
    run: () =>
      recordRelease(machine, { stack, blueprint, reportDir, rollbackOf, keep: keepReleases }),
  };
}

/** Adds what the failed containers said last: after the next attempt nobody can look any more. */
async function withLogs(error: unknown, stack: string, engine: EngineFacts): Promise<unknown> {
  if (!(error instanceof UserError) || isInterruption(error)) return error;
  const bad = await unhealthyContainers(connectEngine(engine), stack).catch(() => []);
  if (bad.length === 0) return error;
  return new UserError(`${error.message}\n\n${describeUnhealthy(bad)}`, error.exitCode, {
    cause: error,
  });
}
