import { homedir } from "node:os";
import { publishedBy } from "../../topology/policies/published.ts";
import { ConfigError, parseStackConfig, type StackConfig } from "../../topology/stack-config.ts";
import { recordOpenings } from "../data-formats.ts";
import { deployStack } from "../deploy/deploy-stack.ts";
import { requirePreflight } from "../doctor/preflight.ts";
import { connectEngine } from "../engine/engine-client.ts";
import { requireSameEngineBeforeSetUp } from "../engine/engine-of-stack.ts";
import { withStackLock } from "../lock/stack-lock.ts";
import { prepareMachine, type Machine } from "../machine.ts";
import { resolvePaths } from "../paths.ts";
import { imageIdOf } from "../releases/base-images.ts";
import { chooseTarget } from "../releases/choose-target.ts";
import { pinRelease, readPin, restorePin } from "../releases/pin.ts";
import { readReleases, type KnownReleases } from "../releases/release-store.ts";
import { shortId, type Release } from "../releases/release.ts";
import { imagesToLookUp, planRollback, type RollbackPlan } from "../releases/rollback-plan.ts";
import { findRunning } from "../releases/running-release.ts";
import { stackFileProblem } from "../releases/stack-file-problem.ts";
import { readDataVersions } from "../setup/data-versions.ts";
import { UserError } from "../setup/user-error.ts";
import { readStackFile } from "../stack-file.ts";

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
  const { stack, to, waitMs } = options;
  const paths = resolvePaths();
  const command = to === null ? "rollback" : `rollback -- --to ${to}`;
  return await withStackLock({ paths, stack, command, waitMs }, async () => {
    await requireSameEngineBeforeSetUp(paths, stack, { env: process.env, userHome: homedir() });
    const machine = await prepareMachine({ yes: false, withImages: false });
    const known = readReleases(paths, stack);
    sayWhatIsDamaged(known);
    const release = await chooseRelease(machine, options, known);
    const plan = await requirePlan(machine, release);
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
): Promise<Release> {
  const running = await findRunning(machine, stack, releases);
  const target = chooseTarget(releases, running, to);
  if ("refusal" in target) {
    throw new UserError(`Stack "${stack}" cannot be rolled back: ${target.refusal}.`);
  }
  const { release, why } = target;
  const runs = running.kind === "release" ? ` from release ${running.number}` : "";
  process.stderr.write(
    `Rolling stack ${stack} back${runs} to release ${release.number}, ${why}: ${describe(release)}.\n`,
  );
  return release;
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
        problems.map((it) => `  - ${it}`).join("\n"),
    );
  }
  for (const note of plan.notes) process.stderr.write(`${note}\n`);
  return plan;
}

/**
 * Pins the release and deploys the pin. A deploy that ends before it has changed anything leaves the pin as it was. One
 * that ends later leaves the new pin: that is what the stack is on its way to, and what another attempt goes on with.
 */
async function deployRelease(
  machine: Machine,
  { stack, verbose }: RollbackOptions,
  {
    release,
    plan,
    settings,
  }: { release: Release; plan: Deployable; settings: Pick<StackConfig, "keepReleases"> },
): Promise<number> {
  const { paths } = machine;
  const { number } = release;
  const earlier = readPin(paths, stack);
  const progress = { hasChanged: false };
  pinRelease(paths, stack, { schemaVersion: 1, release: number, blueprint: plan.blueprint });
  try {
    const exitCode = await deployStack(machine, {
      stack,
      rollbackOf: number,
      keepReleases: settings.keepReleases,
      adopt: false,
      published: publishedBy(plan.blueprint.topology),
      verbose,
      onChange: () => {
        progress.hasChanged = true;
      },
    });
    process.stdout.write(`\n${closingWords(stack, number, exitCode)}\n`);
    return exitCode;
  } catch (error) {
    if (!progress.hasChanged) {
      restorePin(paths, stack, earlier);
      throw error;
    }
    throw error instanceof UserError
      ? new UserError(
          `${error.message}\n\nThe stack is pinned to release ${number} and may be half-way there: ` +
            `\`npm run rollback -- --stack ${stack} --to ${number}\` goes on, ` +
            `\`npm run up -- --stack ${stack}\` deploys the source.`,
          error.exitCode,
          { cause: error },
        )
      : error;
  }
}

function closingWords(stack: string, number: number, exitCode: number): string {
  if (exitCode === 0) {
    return (
      `Stack ${stack} is pinned to release ${number}: plain \`pulumi\` commands keep it, ` +
      "`npm run up` deploys the source again."
    );
  }
  return (
    `Release ${number} is deployed and pinned, but has not passed its validation, so it is not recorded again. ` +
    "`npm run rollback` goes one further back, `npm run up` deploys the source."
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
