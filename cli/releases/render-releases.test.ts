import { expect, test } from "vitest";
import { listAsJson, renderList, type ReleaseList } from "./render-releases.ts";
import { blueprintWith, imageId, releaseWith } from "./testing/records.ts";

const list: ReleaseList = {
  stack: "dev",
  releases: [
    releaseWith(12, { trigger: { kind: "rollback", of: 3 } }),
    releaseWith(11, {
      blueprint: blueprintWith({ image: imageId(2) }),
      source: { revision: "fedcba98".repeat(5), dirty: true },
    }),
    releaseWith(3, { source: null }),
  ],
  damaged: [{ number: 10, path: "/home/releases/dev/10/release.json", problem: "no JSON" }],
  pruned: [releaseWith(1), releaseWith(2)],
  running: { kind: "release", number: 12, blueprint: blueprintWith() },
  imagesAtHand: new Set([imageId(1)]),
  pinned: 3,
  unknown: [],
};

test("the table, and what is not in it", () => {
  expect(renderList(list)).toBe(
    [
      "RELEASE  TIME                  OPERATOR    REVISION              IMAGE                WHAT           VERDICT  NOW",
      "12       2026-11-25 12:00:00Z  mira@ops-1  0123456789ab          111111111111         rollback to 3  passed   runs",
      "11       2026-11-25 12:00:00Z  mira@ops-1  fedcba98fedc (dirty)  222222222222 (gone)  deploy         passed",
      "3        2026-11-25 12:00:00Z  mira@ops-1  -                     111111111111         deploy         passed",
      "",
      "Pinned to release 3: `npm run up` deploys the source again.",
      "Release 10 (/home/releases/dev/10/release.json): no JSON",
      "2 older ones were pruned.",
    ].join("\n"),
  );
});

test("a deploy that is not recorded, and a stack without releases, are said", () => {
  const running = { kind: "unrecorded", reason: "it failed", blueprint: null } as const;
  expect(renderList({ ...list, running })).toContain("What runs is none of them: it failed.");
  const none = { ...list, releases: [], damaged: [], pruned: [], pinned: null };
  expect(renderList({ ...none, running: { kind: "nothing" } })).toBe(
    "No release of stack dev is recorded.\n\nStack dev is not deployed.",
  );
});

test("JSON says of each release whether it runs and whether its image is there, or that nobody knows", () => {
  const fields = (it: ReleaseList) =>
    (
      listAsJson(it) as { releases: { number: number; runs: unknown; imageAtHand: unknown }[] }
    ).releases.map(({ number, runs, imageAtHand }) => [number, runs, imageAtHand]);
  expect(fields(list)).toEqual([
    [12, true, true],
    [11, false, false],
    [3, false, true],
  ]);
  expect(fields({ ...list, running: null, imagesAtHand: null })).toEqual([
    [12, null, null],
    [11, null, null],
    [3, null, null],
  ]);
});
