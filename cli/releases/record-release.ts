import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Blueprint } from "../../topology/blueprint.ts";
import { connectEngine } from "../engine/engine-client.ts";
import type { Machine } from "../machine.ts";
import { npmCommand } from "../npm-command.ts";
import { readDataVersions } from "../setup/data-versions.ts";
import { exitCodes, UserError } from "../setup/user-error.ts";
import { sourceRevision } from "../source-revision.ts";
import { describeBaseImages } from "./base-images.ts";
import { describeVersions } from "./describe-versions.ts";
import { operatorName } from "../operator.ts";
import { pruneReleases } from "./prune-releases.ts";
import type { Release, ReleaseSource } from "./release.ts";
import {
  addRelease,
  readReleases,
  replaceRelease,
  stackFolder,
  type KnownReleases,
} from "./release-store.ts";
import { isSameRelease } from "./same-release.ts";
import { stackContainers } from "../engine/stack-containers.ts";

export interface ReleaseToRecord {
  readonly stack: string;
  readonly blueprint: Blueprint;
  /** Folder of the validation's report. */
  readonly reportDir: string;
  /** Number of the release that this one brings back; null for one from source. */
  readonly rollbackOf: number | null;
  /** How many are kept. */
  readonly keep: number;
}

/**
 * Records a deploy that has validated, gives its image a release tag, and prunes what is older than the last `keep`.
 * A deploy of the source that is the same as the newest release is no new one; the record takes note of it. A rollback
 * always is: it says that somebody went back.
 * @returns what was done, in a few words: `release 4`, `still release 3`
 */
export async function recordRelease(machine: Machine, release: ReleaseToRecord): Promise<string> {
  const { stack, blueprint, reportDir, rollbackOf, keep } = release;
  const { facts, paths } = machine;
  const client = connectEngine(facts.engine);
  const known = readReleases(paths, stack);
  const containers = await stackContainers(client, stack);
  const draft: Omit<Release, "number"> = {
    schemaVersion: 1,
    stack,
    time: new Date().toISOString(),
    operator: operatorName(),
    source: await sourceOf(known, rollbackOf),
    trigger: rollbackOf === null ? { kind: "deploy" } : { kind: "rollback", of: rollbackOf },
    verdict: readVerdict(reportDir),
    image: blueprint.runtimeImage,
    baseImages: await describeBaseImages(client, blueprint, { facts, containers }),
    dataVersions: dataVersionsOf(blueprint, paths.dataVersions),
    versions: describeVersions(blueprint.topology.release, facts),
    again: null,
    blueprint,
  };
  const again =
    rollbackOf === null
      ? npmCommand("up", stack)
      : npmCommand("rollback", stack, "--to", String(rollbackOf));
  const { said, number } = explainDiskErrors(stackFolder(paths, stack), again, () =>
    write(machine, known, draft, reportDir),
  );
  try {
    const pruned = await pruneReleases(machine, stack, keep, number);
    return pruned === "" ? said : `${said}; ${pruned}`;
  } catch (error) {
    // The release is recorded: what could not be tidied up is tidied up with the next deploy.
    return `${said}; its image has no release tag yet, or older ones were not pruned: ${(error as Error).message}`;
  }
}

function write(
  { paths }: Machine,
  { releases }: KnownReleases,
  draft: Omit<Release, "number">,
  reportDir: string,
): { said: string; number: number } {
  const [newest] = releases;
  if (draft.trigger.kind === "deploy" && newest !== undefined && isSameRelease(newest, draft)) {
    const { time, operator, source } = draft;
    replaceRelease(paths, { ...newest, again: { time, operator, source } });
    return { said: `still release ${newest.number}`, number: newest.number };
  }
  const report = ["report.json", "report.md"].map((file) => join(reportDir, file));
  const { number, trigger } = addRelease(paths, draft, report);
  const said =
    trigger.kind === "deploy"
      ? `release ${number}`
      : `release ${number}, which is release ${trigger.of} again`;
  return { said, number };
}

/** A full disk is the user's to mend, and by now everything but the record is done. */
function explainDiskErrors<T>(folder: string, again: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Error) || !("syscall" in error)) throw error;
    throw new UserError(
      `The deploy has passed its validation, but cannot be recorded in ${folder}: ${error.message}. ` +
        `Mend that and run \`${again}\` again, which changes nothing and records it.`,
      exitCodes.failed,
      { cause: error },
    );
  }
}

/** What a rollback runs was made from the source of the release that it brings back, whatever is checked out. */
async function sourceOf(
  { releases }: KnownReleases,
  rollbackOf: number | null,
): Promise<ReleaseSource> {
  if (rollbackOf === null) return await sourceRevision();
  return releases.find(({ number }) => number === rollbackOf)?.source ?? null;
}

function readVerdict(reportDir: string): string {
  const report: unknown = JSON.parse(readFileSync(join(reportDir, "report.json"), "utf8"));
  return z.object({ verdict: z.string() }).parse(report).verdict;
}

function dataVersionsOf({ topology }: Blueprint, file: string): Record<string, string> {
  const names = topology.volumes.map(({ name }) => name);
  return Object.fromEntries(
    Object.entries(readDataVersions(file)).filter(([volume]) => names.includes(volume)),
  );
}
