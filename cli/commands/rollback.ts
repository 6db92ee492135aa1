import { homedir } from "node:os";
import type { Pin } from "../../topology/blueprint.ts";
import { publishedBy } from "../../topology/policies/published.ts";
import { ConfigError, parseStackConfig, type StackConfig } from "../../topology/stack-config.ts";
import { recordOpenings } from "../data-formats.ts";
import { deployStack } from "../deploy/deploy-stack.ts";
import { requirePreflight } from "../doctor/preflight.ts";
import { connectEngine } from "../engine/engine-client.ts";
import { requireSameEngineBeforeSetUp } from "../engine/engine-of-stack.ts";
import { withStackLock } from "../lock/stack-lock.ts";
import { prepareMachine, type Machine } from "../machine.ts";
import { npmCommand } from "../npm-command.ts";
import { resolvePaths } from "../paths.ts";
import { imageIdOf } from "../releases/base-images.ts";
import { chooseTarget } from "../releases/choose-target.ts";
import { withPin } from "../releases/pin.ts";
import { readReleases, type KnownReleases } from "../releases/release-store.ts";
import type { Release } from "../releases/release.ts";
import { imagesToLookUp, planRollback, type RollbackPlan } from "../releases/rollback-plan.ts";
import { findRunning } from "../releases/running-release.ts";
import { stackFileProblem } from "../releases/stack-file-problem.ts";
import { readDataVersions } from "../setup/data-versions.ts";
import { UserError } from "../setup/user-error.ts";
import { readStackFile } from "../stack-file.ts";
import { shortId } from "../words.ts";

export interface RollbackOptions {
  readonly stack: string;
  /** Number of the release; null: the one before the one that runs. */
  readonly to: number | null;
  readonly verbose: boolean;
  readonly waitMs: number;
}

/** What a deploy needs: the part of a plan that is no refusal. */
type Deployable = Extract<RollbackPlan, { ok: true }>;

/**
 * Deploys a recorded release again, without a build, and validates it. The stack is pinned to it: plain `pulumi` commands
 * keep it, and `up` deploys the source again. Neither the clone's source nor its settings have a say.
 * @returns the exit code of the validation
 * @throws UserError with every reason why it cannot be done
 */
export async function rollback(options: RollbackOptions): Promise<number> {
  const { stack, waitMs } = options;
  const paths = resolvePaths();
  return await withStackLock({ paths, stack, command: "rollback", waitMs }, async () => {
    await requireSameEngineBeforeSetUp(paths, stack, { env: process.env, userHome: homedir() });
    const machine = await prepareMachine({ yes: false, withImages: false });
    const known = readReleases(paths, stack);
    sayWhatIsDamaged(known);
    const { release, said } = await chooseRelease(machine, options, known);
    const plan = await requirePlan(machine, release);
    process.stderr.write([said, ...plan.notes].map((line) => `${line}\n`).join(""));
    const settings = settingsOf(stack);
    await requirePreflight({ stack, config: settings, topology: plan.blueprint.topology });
    recordOpenings(plan.openings, paths.dataVersions);
    return await deployRelease(machine, options, { release, plan, settings });
  });
}

async function chooseRelease(
  machine: Machine,
  { stack, to }: RollbackOptions,
  { releases }: KnownReleases,
): Promise<{ release: Release; said: string }> {
  const running = await findRunning(machine, stack, releases);
  const target = chooseTarget(releases, running, to);
  if ("refusal" in target) {
    throw new UserError(`Stack "${stack}" cannot be rolled back: ${target.refusal}.`);
  }
  const { release, why } = target;
  const runs = running.kind === "release" ? ` from release ${running.number}` : "";
  const said = `Rolling stack ${stack} back${runs} to release ${release.number}, ${why}: ${describe(release)}.`;
  return { release, said };
}

async function requirePlan({ facts, paths }: Machine, release: Release): Promise<Deployable> {
  const client = connectEngine(facts.engine);
  const idOf = new Map<string, string | null>();
  for (const name of imagesToLookUp(release)) idOf.set(name, await imageIdOf(client, name));
  const plan = planRollback(release, { idOf }, readDataVersions(paths.dataVersions));
  const problem = stackFileProblem(release.stack);
  if (!plan.ok || problem !== null) {
    const problems = [...(problem === null ? [] : [problem]), ...(plan.ok ? [] : plan.problems)];
    throw new UserError(
      `Release ${release.number} of stack "${release.stack}" cannot be deployed again; nothing was changed:\n` +
        `${problems.map((it) => `  - ${it}`).join("\n")}\n\`${npmCommand("releases", release.stack)}\` lists the others.`,
    );
  }
  return plan;
}

/** Pins the release and deploys the pin. */
async function deployRelease(
  machine: Machine,
  { stack, verbose }: RollbackOptions,
  {
    release,
    plan,
    settings,
  }: { release: Release; plan: Deployable; settings: Pick<StackConfig, "keepReleases"> },
): Promise<number> {
  const { number } = release;
  const { blueprint } = plan;
  const progress = { hasChanged: false };
  try {
    const pin: Pin = { schemaVersion: 1, release: number, blueprint };
    const exitCode = await withPin(machine.paths, stack, pin, (onChange) =>
      deployStack(machine, {
        stack,
        rollbackOf: number,
        keepReleases: settings.keepReleases,
        adopt: false,
        published: publishedBy(blueprint.topology),
        verbose,
        onChange: () => {
          onChange();
          progress.hasChanged = true;
        },
      }),
    );
    process.stdout.write(`\n${closingWords(stack, number, exitCode)}\n`);
    return exitCode;
  } catch (error) {
    if (!progress.hasChanged || !(error instanceof UserError)) throw error;
    throw new UserError(
      `${error.message}\n\nThe stack is pinned to release ${number} and may be half-way there: ` +
        `\`${npmCommand("rollback", stack, "--to", String(number))}\` goes on, ` +
        `\`${npmCommand("up", stack)}\` deploys the source.`,
      error.exitCode,
      { cause: error },
    );
  }
}

function closingWords(stack: string, number: number, exitCode: number): string {
  if (exitCode === 0) {
    return (
      `Stack ${stack} is pinned to release ${number}: plain \`pulumi\` commands keep it, ` +
      `\`${npmCommand("up", stack)}\` deploys the source again.`
    );
  }
  return (
    `Release ${number} is deployed and pinned, but has not passed its validation, so it is not recorded again. ` +
    `\`${npmCommand("rollback", stack)}\` goes one further back, \`${npmCommand("up", stack)}\` deploys the source.`
  );
}

/**
 * Settings that are about the deployer, not about what is deployed. A stack file that is wrong must not be in the way of
 * getting back: then the defaults hold, and nothing is pruned that the setting might keep.
 */
function settingsOf(stack: string): StackConfig {
  try {
    return readStackFile(stack);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\nA rollback goes by the record and needs none of it.\n`);
    return { ...parseStackConfig({}, stack), keepReleases: Number.MAX_SAFE_INTEGER };
  }
}

function sayWhatIsDamaged({ damaged }: KnownReleases): void {
  for (const { number, path, problem } of damaged) {
    process.stderr.write(
      `Release ${number} cannot be read and is left out (${path}): ${problem}\n`,
    );
  }
}

function describe({ time, operator, source, image }: Release): string {
  const revision =
    source === null ? "" : `, revision ${source.revision.slice(0, 12)}${source.dirty ? "+" : ""}`;
  return `deployed ${time} by ${operator}${revision}, image ${shortId(image)}`;
}
