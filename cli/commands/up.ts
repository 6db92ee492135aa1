import packageJson from "../../package.json" with { type: "json" };
import { defaultMachineFacts } from "../../topology/machine-facts.ts";
import type { StackConfig } from "../../topology/stack-config.ts";
import { buildTopology } from "../../topology/build-topology.ts";
import { parseDeployment, type Deployment } from "../../catalog/deployment.ts";
import type { EngineFacts } from "../../topology/machine-facts.ts";
import { connectEngine } from "../engine/engine-client.ts";
import { describeUnhealthy, unhealthyContainers } from "../engine/unhealthy-containers.ts";
import { runSteps } from "../progress/run-steps.ts";
import type { Step } from "../progress/step.ts";
import { describeChanges } from "../pulumi/events.ts";
import { runOperation, type PulumiSetting } from "../pulumi/run-pulumi.ts";
import { selectStack } from "../pulumi/stacks.ts";
import { requireOwnImages } from "../setup/own-images.ts";
import { UserError } from "../setup/user-error.ts";
import { openVolumes } from "../data-formats.ts";
import { prepareMachine, type Machine } from "../machine.ts";
import { refuseWithoutState } from "./refuse-without-state.ts";
import { readStackFile } from "../stack-file.ts";
import { addressLines } from "./addresses.ts";
import { validateDeployment } from "./validate.ts";

export interface UpOptions {
  readonly stack: string;
  /** Install what is missing without asking. */
  readonly yes: boolean;
  /** Show every check, not only those that failed. */
  readonly verbose: boolean;
}

/**
 * Sets the machine up, deploys the stack, and proves that it works.
 * @returns the exit code of the validation
 * @throws ConfigError, UserError
 */
export async function up({ stack, yes, verbose }: UpOptions): Promise<number> {
  const config = readStackFile(stack);
  // With every image at hand, what is left to find is in the settings: known before the machine is touched.
  buildTopology({ stack, release: packageJson.version, config, facts: defaultMachineFacts() });
  const machine = await prepareMachine({ yes, config });
  const { facts, paths } = machine;
  if (Object.keys(config.images).length > 0) await runSteps([ownImages(machine, config)]);
  const topology = buildTopology({ stack, release: packageJson.version, config, facts });
  openVolumes(topology, facts, paths.dataVersions);
  const deployment = await deploy(machine, stack);
  const code = await validateDeployment({ stack, verbose, deployment, trigger: "deploy" });
  process.stdout.write(`\n${addressLines(deployment).join("\n")}\n`);
  return code;
}

function ownImages({ facts }: Machine, config: StackConfig): Step {
  return {
    title: "Images that the stack names",
    run: async (report) => {
      await requireOwnImages(connectEngine(facts.engine), config, report);
      return undefined;
    },
  };
}

async function deploy(machine: Machine, stack: string): Promise<Deployment> {
  const setting: PulumiSetting = { env: machine.env };
  let deployment: unknown;
  await runSteps([
    {
      title: `Deploy stack ${stack}`,
      run: async (report) => {
        await selectStack(setting, stack, () => refuseWithoutState(machine, stack));
        try {
          const state = await runOperation(setting, ["up", "--stack", stack], report);
          deployment = state.outputs.deployment;
          return describeChanges(state);
        } catch (error) {
          throw await withLogs(error, stack, machine.facts.engine);
        }
      },
    },
  ]);
  return parseDeployment(deployment);
}

/** Adds what the failed containers said last: after the next attempt nobody can look any more. */
async function withLogs(error: unknown, stack: string, engine: EngineFacts): Promise<unknown> {
  if (!(error instanceof UserError)) return error;
  const bad = await unhealthyContainers(connectEngine(engine), stack).catch(() => []);
  if (bad.length === 0) return error;
  return new UserError(`${error.message}\n\n${describeUnhealthy(bad)}`, error.exitCode, {
    cause: error,
  });
}
