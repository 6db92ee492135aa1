import { homedir } from "node:os";
import packageJson from "../../package.json" with { type: "json" };
import { buildTopology } from "../../topology/build-topology.ts";
import { defaultMachineFacts } from "../../topology/machine-facts.ts";
import type { StackConfig } from "../../topology/stack-config.ts";
import { openVolumes } from "../data-formats.ts";
import { deployStack } from "../deploy/deploy-stack.ts";
import { requirePreflight, requirePreflightAfterSetUp } from "../doctor/preflight.ts";
import { connectEngine } from "../engine/engine-client.ts";
import { requireSameEngineBeforeSetUp } from "../engine/engine-of-stack.ts";
import { withStackLock } from "../lock/stack-lock.ts";
import { prepareMachine, type Machine } from "../machine.ts";
import { resolvePaths } from "../paths.ts";
import { runSteps } from "../progress/run-steps.ts";
import type { Step } from "../progress/step.ts";
import { readPin, withPin, type PinState } from "../releases/pin.ts";
import { requireOwnImages } from "../setup/own-images.ts";
import { readStackFile } from "../stack-file.ts";

export interface UpOptions {
  readonly stack: string;
  /** Install what is missing without asking. */
  readonly yes: boolean;
  /** Show every check, not only those that failed. */
  readonly verbose: boolean;
  /** Take over containers of the stack that no state knows. */
  readonly adopt: boolean;
  /** How long to wait for another command on the stack, in milliseconds. */
  readonly waitMs: number;
}

/**
 * Sets the machine up, deploys the stack, proves that it works, and records the release.
 * @returns the exit code of the validation
 * @throws ConfigError, UserError
 */
export async function up({ stack, yes, verbose, adopt, waitMs }: UpOptions): Promise<number> {
  const config = readStackFile(stack);
  // With every image at hand, what is left to find is in the settings: known before the machine is touched.
  buildTopology({ stack, release: packageJson.version, config, facts: defaultMachineFacts() });
  const paths = resolvePaths();
  return await withStackLock({ paths, stack, command: "up", waitMs }, async () => {
    await requireSameEngineBeforeSetUp(paths, stack, { env: process.env, userHome: homedir() });
    const firstLook = await requirePreflight({ stack, config, adopt });
    const machine = await prepareMachine({ yes, config });
    if (Object.keys(config.images).length > 0) await runSteps([ownImages(machine, config)]);
    const topology = buildTopology({
      stack,
      release: packageJson.version,
      config,
      facts: machine.facts,
    });
    await requirePreflightAfterSetUp(firstLook, machine.facts);
    openVolumes(topology, machine.facts, paths.dataVersions);
    sayWhatIsUnpinned(readPin(paths, stack));
    return await withPin(paths, stack, null, (onChange) =>
      deployStack(machine, {
        stack,
        rollbackOf: null,
        keepReleases: config.keepReleases,
        published: { bindAddress: config.bindAddress, publish: config.publish },
        adopt,
        verbose,
        onChange,
      }),
    );
  });
}

function sayWhatIsUnpinned(pin: PinState): void {
  if (pin.kind !== "pinned") return;
  process.stderr.write(
    `A rollback had pinned release ${pin.pin.release}; this deploys the source again.\n`,
  );
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
