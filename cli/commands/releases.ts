import { reachEngine } from "../engine/reach-engine.ts";
import { readMachine } from "../machine.ts";
import { resolvePaths, type Paths } from "../paths.ts";
import { imageIdOf } from "../releases/base-images.ts";
import { compareReleases } from "../releases/compare-releases.ts";
import { readHistory } from "../releases/history.ts";
import { readPin } from "../releases/pin.ts";
import { readReleases, type KnownReleases } from "../releases/release-store.ts";
import type { Release } from "../releases/release.ts";
import { listAsJson, renderComparison, renderList } from "../releases/render-releases.ts";
import { findRunning, type Running } from "../releases/running-release.ts";
import { UserError } from "../setup/user-error.ts";

export interface ReleasesOptions {
  readonly stack: string;
  readonly json: boolean;
  /** Two numbers to compare; null lists all. */
  readonly compare: readonly [number, number] | null;
}

/**
 * Lists the recorded releases of a stack, or says in what two of them differ.
 * @throws UserError naming every release that there is no record of
 */
export async function releases({ stack, json, compare }: ReleasesOptions): Promise<number> {
  const paths = resolvePaths();
  const known = readReleases(paths, stack);
  if (compare === null) {
    const list = await describeList(paths, stack, known);
    process.stdout.write(
      `${json ? JSON.stringify(listAsJson(list), null, 2) : renderList(list)}\n`,
    );
    return 0;
  }
  const [from, to] = requireReleases(known, stack, compare);
  const comparison = compareReleases(from, to);
  process.stdout.write(
    `${json ? JSON.stringify({ schemaVersion: 1, stack, ...comparison }, null, 2) : renderComparison(comparison)}\n`,
  );
  return 0;
}

async function describeList(paths: Paths, stack: string, known: KnownReleases) {
  const pin = readPin(paths, stack);
  const { running, imagesAtHand, problem } = await lookAtEngine(stack, known.releases);
  return {
    stack,
    ...known,
    pruned: readHistory(paths, stack),
    running,
    imagesAtHand,
    pinned: pin.kind === "pinned" ? pin.pin.release : null,
    unknown: [
      ...(problem === null ? [] : [`What runs is not known: ${problem}`]),
      ...(pin.kind === "damaged" ? [`The pin ${pin.path} is damaged: ${pin.problem}`] : []),
    ],
  };
}

/** The records are of use without the engine too, so its silence is no failure. */
async function lookAtEngine(
  stack: string,
  known: readonly Release[],
): Promise<{
  running: Running | null;
  imagesAtHand: ReadonlySet<string> | null;
  problem: string | null;
}> {
  try {
    const machine = readMachine();
    const client = await reachEngine(machine.facts.engine);
    const imagesAtHand = new Set<string>();
    for (const { image } of known) {
      if ((await imageIdOf(client, image)) !== null) imagesAtHand.add(image);
    }
    const running = await findRunning(machine, stack, known);
    return { running, imagesAtHand, problem: null };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { running: null, imagesAtHand: null, problem: error.message };
  }
}

function requireReleases(
  { releases: known, damaged }: KnownReleases,
  stack: string,
  numbers: readonly [number, number],
): [Release, Release] {
  const [from, to] = numbers.map((wanted) => known.find(({ number }) => number === wanted));
  if (from !== undefined && to !== undefined) return [from, to];
  const problems = [...new Set(numbers)].flatMap((wanted) => {
    const broken = damaged.find(({ number }) => number === wanted);
    if (broken !== undefined) {
      return [`release ${wanted} cannot be read (${broken.path}): ${broken.problem}`];
    }
    return known.some(({ number }) => number === wanted) ? [] : [`there is no release ${wanted}`];
  });
  const there = known.map(({ number }) => number).join(", ") || "none";
  throw new UserError(
    `Releases of stack "${stack}" cannot be compared:\n` +
      [...problems, `recorded are: ${there}`].map((line) => `  - ${line}`).join("\n"),
  );
}
