import type { Release } from "./release.ts";
import type { Running } from "./running-release.ts";
import { isSameBlueprint } from "./same-release.ts";

/** The release to go back to and why that one, or a sentence why there is none. */
export type Target =
  { readonly release: Release; readonly why: string } | { readonly refusal: string };

/**
 * Chooses the release that a rollback brings back.
 *
 * By number: that one, unless it is what runs. Without a number, what runs decides:
 * - a release: the newest one before it that is not the same thing. A rollback stands for the release that it brought
 *   back, so that going back twice goes back twice;
 * - something that no record describes (a deploy that failed, or did not validate): the newest release;
 * - nothing: the newest release.
 * @param releases all that can be read, in any order
 * @param to number that the user gave, or null
 */
export function chooseTarget(
  releases: readonly Release[],
  running: Running,
  to: number | null,
): Target {
  const newest = [...releases].sort((a, b) => b.number - a.number);
  if (newest[0] === undefined) {
    return { refusal: "no release is recorded; a deploy records one once it has validated" };
  }
  const there = `recorded are ${newest.map(({ number }) => number).join(", ")}`;
  if (to !== null) {
    const release = newest.find(({ number }) => number === to);
    if (release === undefined) return { refusal: `there is no release ${to}; ${there}` };
    return isRunning(release, running)
      ? { refusal: `release ${to} is what runs${alias(to, running)}; ${there}` }
      : { release, why: "as asked" };
  }
  if (running.kind === "nothing") return { release: newest[0], why: "the newest one" };
  if (running.kind === "unrecorded") {
    return { release: newest[0], why: `the newest one, since ${running.reason}` };
  }
  const origin = originOf(newest, running.number);
  const earlier = newest.find(
    (release) => release.number < origin && !isSameBlueprint(release.blueprint, running.blueprint),
  );
  if (earlier !== undefined) return { release: earlier, why: `the one before release ${origin}` };
  return {
    refusal:
      `there is no release before release ${origin}, which is what runs; ${there}; ` +
      "name one with --to",
  };
}

/** The release that a rollback brought back, or that one the release that it brought back, and so on. */
function originOf(releases: readonly Release[], number: number): number {
  let origin = number;
  // Each step goes to a smaller number, or ends.
  for (;;) {
    const release = releases.find((it) => it.number === origin);
    if (release?.trigger.kind !== "rollback" || release.trigger.of >= origin) return origin;
    origin = release.trigger.of;
  }
}

function isRunning(release: Release, running: Running): boolean {
  return (
    running.kind === "release" &&
    (release.number === running.number || isSameBlueprint(release.blueprint, running.blueprint))
  );
}

function alias(to: number, running: Running): string {
  return running.kind === "release" && running.number !== to
    ? ` (as release ${running.number})`
    : "";
}
