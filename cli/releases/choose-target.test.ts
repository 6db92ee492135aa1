import fc from "fast-check";
import { expect, test } from "vitest";
import type { Blueprint } from "../../topology/blueprint.ts";
import { chooseTarget } from "./choose-target.ts";
import type { Release } from "./release.ts";
import type { Running } from "./running-release.ts";
import { isSameBlueprint } from "./same-release.ts";
import { blueprintWith, imageId, releaseWith } from "./testing/records.ts";

const blueprints = Array.from({ length: 6 }, (_, index) =>
  blueprintWith({ image: imageId(index) }),
);

/** Releases from a line such as `A B C =1 D`: a letter is a deploy of that blueprint, `=1` brings release 1 back. */
function history(line: string): Release[] {
  const releases: Release[] = [];
  line.split(" ").forEach((word, index) => {
    const of = word.startsWith("=") ? Number(word.slice(1)) : null;
    const blueprint =
      of === null
        ? blueprints[word.charCodeAt(0) - 65]
        : releases.find(({ number }) => number === of)?.blueprint;
    releases.push(
      releaseWith(index + 1, {
        blueprint: blueprint as Blueprint,
        trigger: of === null ? { kind: "deploy" } : { kind: "rollback", of },
      }),
    );
  });
  return releases;
}

function running(releases: readonly Release[], number: number): Running {
  const blueprint = releases.find((it) => it.number === number)?.blueprint;
  return { kind: "release", number, blueprint };
}

/** Number of the release that is chosen, or the refusal. */
function choose(
  line: string,
  runs: number | Running,
  { to = null, without = [] }: { to?: number | null; without?: number[] } = {},
): number | string {
  const all = history(line);
  const releases = all.filter(({ number }) => !without.includes(number));
  const target = chooseTarget(releases, typeof runs === "number" ? running(all, runs) : runs, to);
  return "release" in target ? target.release.number : target.refusal;
}

const failed: Running = {
  kind: "unrecorded",
  reason: "what was deployed last has not passed a validation",
  blueprint: blueprints[5],
};

test.each([
  ["the release before the one that runs", "A B C", 3, 2],
  ["a rollback stands for what it brought back", "A B C =2", 4, 1],
  ["also through other rollbacks", "A B C =2 D =4", 6, 1],
  ["a deploy after a rollback goes back to the rollback", "A B C =1 D", 5, 4],
  ["releases that are the same thing as what runs are passed over", "A B A =3", 4, 2],
  ["a rollback to what came after it stands for itself", "A C =7 D", 3, 2],
  ["a pruned one is passed over", "A B C D", 4, 2],
] as const)("without a number: %s", (title, line, runs, target) => {
  expect(choose(line, runs, title.startsWith("a pruned") ? { without: [3] } : {})).toBe(target);
});

test("a deploy that failed goes back to the last release, not to the one before it", () => {
  expect(choose("A B C", failed)).toBe(3);
  expect(choose("A B C =1", failed)).toBe(4);
});

test("a stack that is down comes back as its newest release", () => {
  expect(choose("A B", { kind: "nothing" })).toBe(2);
});

test("by number: any release but what runs", () => {
  expect(choose("A B C", 3, { to: 1 })).toBe(1);
  expect(choose("A B C =1", 4, { to: 3 })).toBe(3);
  expect(choose("A B C", failed, { to: 3 })).toBe(3);
});

test.each([
  ["A B C", 3, { to: 3 }, "release 3 is what runs; recorded are 3, 2, 1"],
  ["A B =1", 3, { to: 1 }, "release 1 is what runs (as release 3); recorded are 3, 2, 1"],
  ["A B C", 3, { to: 9 }, "there is no release 9; recorded are 3, 2, 1"],
  ["A B C", 3, { to: 2, without: [2] }, "there is no release 2; recorded are 3, 1"],
  [
    "A B =1",
    3,
    {},
    "there is no release before release 1, which is what runs; recorded are 3, 2, 1; name one with --to",
  ],
])("%s, running %i: refused with a reason", (line, runs, options, refusal) => {
  expect(choose(line, runs, options)).toBe(refusal);
});

test("without a record there is nothing to go back to", () => {
  expect(chooseTarget([], { kind: "nothing" }, null)).toEqual({
    refusal: "no release is recorded; a deploy records one once it has validated",
  });
});

test("going back again and again visits other releases and ends", () => {
  const letters = fc.array(fc.constantFrom("A", "B", "C", "D"), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(letters, (words) => {
      let line = words.join(" ");
      const steps = words.length;
      let earlier = Infinity;
      for (let step = 0; ; step += 1) {
        const releases = history(line);
        const now = running(releases, releases.length);
        const target = chooseTarget(releases, now, null);
        if ("refusal" in target) return step <= steps;
        if (isSameBlueprint(target.release.blueprint, (now as { blueprint: unknown }).blueprint)) {
          return false;
        }
        if (target.release.number >= earlier) return false;
        earlier = target.release.number;
        line = `${line} =${target.release.number}`;
      }
    }),
    { numRuns: 60 },
  );
});
