import { npmCommand } from "../npm-command.ts";
import { shortId, table } from "../words.ts";
import type { Comparison, Difference } from "./compare-releases.ts";
import type { PrunedRelease } from "./history.ts";
import type { DamagedRelease } from "./release-store.ts";
import type { Release } from "./release.ts";
import type { Running } from "./running-release.ts";

export interface ReleaseList {
  readonly stack: string;
  /** Newest first. */
  readonly releases: readonly Release[];
  readonly damaged: readonly DamagedRelease[];
  readonly pruned: readonly PrunedRelease[];
  /** null where it could not be found out; `unknown` says why. */
  readonly running: Running | null;
  /** Ids of the releases' images that the engine has; null where it was not asked. */
  readonly imagesAtHand: ReadonlySet<string> | null;
  /** Number of the release that the stack is pinned to. */
  readonly pinned: number | null;
  /** Why something is not known, a sentence each. */
  readonly unknown: readonly string[];
}

const headings = ["RELEASE", "TIME", "OPERATOR", "REVISION", "IMAGE", "WHAT", "VERDICT", "NOW"];

/** The list as a table, with a line for what is not in it. */
export function renderList(list: ReleaseList): string {
  const { stack, releases, damaged, pruned, pinned, running } = list;
  const rows = releases.map((release) => [
    String(release.number),
    release.time.replace("T", " ").replace(/(\.\d+)?Z$/, "Z"),
    release.operator,
    revision(release),
    `${shortId(release.image)}${hasImage(list, release) === false ? " (gone)" : ""}`,
    release.trigger.kind === "deploy" ? "deploy" : `rollback to ${release.trigger.of}`,
    release.verdict,
    isRunning(list, release) ? "runs" : "",
  ]);
  const notes = [
    ...(running?.kind === "unrecorded"
      ? [`What runs is none of them: ${running.reason}.`]
      : running?.kind === "nothing"
        ? [`Stack ${stack} is not deployed.`]
        : []),
    ...(pinned === null
      ? []
      : [`Pinned to release ${pinned}: \`${npmCommand("up", stack)}\` deploys the source again.`]),
    ...damaged.map(({ number, path, problem }) => `Release ${number} (${path}): ${problem}`),
    ...(pruned.length === 0
      ? []
      : [`${pruned.length} older ${pruned.length === 1 ? "one was" : "ones were"} pruned.`]),
    ...list.unknown,
  ];
  const body =
    rows.length === 0 ? [`No release of stack ${stack} is recorded.`] : table([headings, ...rows]);
  return [...body, ...(notes.length === 0 ? [] : ["", ...notes])].join("\n");
}

/** The same as plain data, with one more field for each release. */
export function listAsJson(list: ReleaseList): unknown {
  const { stack, releases, damaged, pruned, pinned, running, unknown } = list;
  return {
    schemaVersion: 1,
    stack,
    running:
      running === null
        ? null
        : {
            kind: running.kind,
            ...(running.kind === "release" && { number: running.number }),
            ...(running.kind === "unrecorded" && { reason: running.reason }),
          },
    pinned,
    releases: releases.map((release) => ({
      ...release,
      runs: running === null ? null : isRunning(list, release),
      imageAtHand: hasImage(list, release),
    })),
    damaged,
    pruned,
    unknown,
  };
}

/** What differs between two releases, for a person. */
export function renderComparison({ from, to, facts, settings, files }: Comparison): string {
  const parts = [
    ...section("", facts),
    ...section("Settings:", settings),
    ...files.flatMap(({ diff }) => ["", diff.trimEnd()]),
  ];
  if (parts.length === 0) return `Releases ${from} and ${to} are the same.`;
  return [`Release ${from} → release ${to}`, ...parts].join("\n");
}

function section(title: string, differences: readonly Difference[]): string[] {
  if (differences.length === 0) return [];
  const width = Math.max(...differences.map(({ key }) => key.length));
  return [
    "",
    ...(title === "" ? [] : [title]),
    ...differences.map(
      ({ key, from, to }) => `  ${key.padEnd(width)}  ${plain(from)} → ${plain(to)}`,
    ),
  ];
}

/** JSON without the quotes of a text; an image's id as people know it. */
function plain(value: string | null): string {
  if (value === null) return "–";
  const text = value.replace(/^"(.*)"$/, "$1");
  return /^sha256:[0-9a-f]{64}$/.test(text) ? shortId(text) : text;
}

function revision({ source }: Release): string {
  if (source === null) return "-";
  return `${source.revision.slice(0, 12)}${source.dirty ? " (dirty)" : ""}`;
}

function isRunning({ running }: ReleaseList, { number }: Release): boolean {
  return running?.kind === "release" && running.number === number;
}

function hasImage({ imagesAtHand }: ReleaseList, { image }: Release): boolean | null {
  return imagesAtHand?.has(image) ?? null;
}
