import fc from "fast-check";
import { expect, test } from "vitest";
import {
  baseTag,
  planPrune,
  releaseTag,
  type EngineImage,
  type PruneInput,
  type PrunePlan,
} from "./plan-prune.ts";
import { imageId } from "./testing/records.ts";

const images = (...digits: (string | number)[]) => digits.map(imageId);

function input(changes: Partial<PruneInput>): PruneInput {
  return {
    stack: "dev",
    keep: 2,
    running: null,
    pinned: null,
    releases: [],
    damaged: [],
    gone: [],
    neededElsewhere: new Set(),
    images: [],
    inUse: new Set(),
    ...changes,
  };
}

const release = (number: number, image: string, ...baseImages: string[]) => ({
  number,
  image,
  baseImages,
});
const [one, two, three, redis7, redis8] = images(1, 2, 3, 7, 8) as [
  string,
  string,
  string,
  string,
  string,
];
const ours = (id: string, ...tags: string[]): EngineImage => ({ id, tags, isOurs: true });
const theirs = (id: string, ...tags: string[]): EngineImage => ({ id, tags, isOurs: false });

test("the oldest goes with its tag, and what is kept gets the tags it lacks", () => {
  const plan = planPrune(
    input({
      releases: [release(3, three, redis8), release(2, two, redis8), release(1, one, redis7)],
      images: [
        ours(three, "astratrade/runtime:dev"),
        ours(two, releaseTag("dev", 2)),
        ours(one, releaseTag("dev", 1)),
        theirs(redis8, "redis:7.2-alpine"),
        theirs(redis7, baseTag("dev", redis7)),
      ],
      inUse: new Set([three, redis8]),
    }),
  );
  expect(plan).toEqual({
    forget: [1],
    addTags: [
      { tag: "astratrade/runtime:dev-r3", image: three },
      { tag: "astratrade/base:dev-888888888888", image: redis8 },
    ],
    removeTags: ["astratrade/runtime:dev-r1", "astratrade/base:dev-777777777777"],
    removeImages: [],
  });
});

test("the release that runs and the one that is pinned stay beside the last ones", () => {
  const releases = [5, 4, 3, 2, 1].map((number) => release(number, imageId(number)));
  expect(planPrune(input({ releases, running: 1, pinned: 2 })).forget).toEqual([3]);
});

test("images without a name go when they are ours and nobody needs them", () => {
  const needed = imageId("d");
  const plan = planPrune(
    input({
      images: [ours(one), ours(two), ours(three), ours(needed), theirs(redis7)],
      inUse: new Set([two]),
      releases: [release(1, three)],
      neededElsewhere: new Set([needed]),
    }),
  );
  expect(plan.removeImages).toEqual([one]);
});

test("the last name of an image that a container or another stack needs stays", () => {
  const plan = planPrune(
    input({
      gone: [
        { number: 1, image: one },
        { number: 2, image: one },
        { number: 3, image: two },
        { number: 4, image: three },
      ],
      images: [
        ours(one, releaseTag("dev", 1), releaseTag("dev", 2)),
        ours(two, releaseTag("dev", 3)),
        ours(three, releaseTag("dev", 4)),
      ],
      inUse: new Set([one]),
      neededElsewhere: new Set([two]),
    }),
  );
  expect(plan.removeTags).toEqual([releaseTag("dev", 2), releaseTag("dev", 4)]);
});

test("release tags that this home never gave, and base tags while a record is damaged, stay", () => {
  const plan = planPrune(
    input({
      releases: [release(2, two)],
      damaged: [1],
      gone: [{ number: 3, image: three }],
      images: [
        ours(one, releaseTag("dev", 1), releaseTag("dev", 3), releaseTag("prod", 3)),
        theirs(redis7, baseTag("dev", redis7)),
      ],
    }),
  );
  expect(plan.removeTags).toEqual([]);
});

/** What the engine has after a plan: an image goes with its last name, unless a container uses it. */
function apply(before: readonly EngineImage[], plan: PrunePlan): EngineImage[] {
  return before
    .map((image) => ({
      ...image,
      tags: [
        ...image.tags.filter((tag) => !plan.removeTags.includes(tag)),
        ...plan.addTags.flatMap((it) => (it.image === image.id ? [it.tag] : [])),
      ],
    }))
    .filter(
      (image) =>
        !plan.removeImages.includes(image.id) &&
        (image.tags.length > 0 || before.find(({ id }) => id === image.id)?.tags.length === 0),
    );
}

const pool = images(0, 1, 2, 3, 4, 5);
const someIds = fc.uniqueArray(fc.constantFrom(...pool), { maxLength: 3 });
const world = fc
  .record({
    keep: fc.integer({ min: 2, max: 4 }),
    kinds: fc.array(fc.constantFrom("release", "gone", "damaged", "unused"), { maxLength: 9 }),
    runtime: fc.array(fc.constantFrom(...pool.slice(0, 4)), { minLength: 9, maxLength: 9 }),
    base: fc.array(fc.constantFrom(...pool.slice(4)), { minLength: 9, maxLength: 9 }),
    running: fc.option(fc.integer({ min: 1, max: 9 })),
    pinned: fc.option(fc.integer({ min: 1, max: 9 })),
    present: fc.subarray(pool),
    tagged: fc.subarray(pool),
    inUse: someIds,
    neededElsewhere: someIds,
  })
  .map(({ kinds, runtime, base, present, tagged, ...others }): PruneInput => {
    const rows = kinds.map((kind, index) => ({
      kind,
      number: index + 1,
      image: runtime[index] ?? "",
      baseImages: [base[index] ?? ""],
    }));
    const of = (kind: string) => rows.filter((row) => row.kind === kind);
    const tagsOf = (id: string): string[] => [
      ...rows.flatMap(({ kind, number, image }) =>
        kind !== "unused" && image === id ? [releaseTag("dev", number)] : [],
      ),
      ...(pool.indexOf(id) > 3 ? [baseTag("dev", id)] : []),
      ...(tagged.includes(id) ? [`other/${id.slice(-1)}:1`, "astratrade/runtime:prod-r1"] : []),
    ];
    return {
      stack: "dev",
      ...others,
      inUse: new Set(others.inUse),
      neededElsewhere: new Set(others.neededElsewhere),
      releases: of("release"),
      gone: of("gone"),
      damaged: of("damaged").map(({ number }) => number),
      images: present.map((id, index) => ({
        id,
        tags: index % 3 === 0 ? [] : tagsOf(id),
        isOurs: pool.indexOf(id) <= 3,
      })),
    };
  });

test("whatever there is: no release is lost that runs, is pinned or is among the last", () => {
  fc.assert(
    fc.property(world, (it) => {
      const { forget } = planPrune(it);
      const newest = it.releases.map(({ number }) => number).sort((a, b) => b - a);
      const kept = newest.filter((number) => !forget.includes(number));
      expect(kept).toEqual(expect.arrayContaining(newest.slice(0, it.keep)));
      for (const number of [it.running, it.pinned]) {
        if (number !== null) expect(forget).not.toContain(number);
      }
      expect(kept.length).toBeLessThanOrEqual(it.keep + 2);
    }),
  );
});

test("whatever there is: every image that is needed stays, and those of kept releases are tagged", () => {
  fc.assert(
    fc.property(world, (it) => {
      const plan = planPrune(it);
      const after = apply(it.images, plan);
      const had = new Set(it.images.map(({ id }) => id));
      const has = new Map(after.map((image) => [image.id, image]));
      for (const id of [...it.inUse, ...it.neededElsewhere].filter((id) => had.has(id))) {
        expect(has.has(id)).toBe(true);
      }
      for (const { number, image, baseImages } of it.releases) {
        if (plan.forget.includes(number)) continue;
        if (had.has(image)) expect(has.get(image)?.tags).toContain(releaseTag("dev", number));
        for (const id of baseImages.filter((id) => had.has(id))) {
          expect(has.get(id)?.tags).toContain(baseTag("dev", id));
        }
      }
      for (const number of it.damaged) {
        expect(plan.removeTags).not.toContain(releaseTag("dev", number));
      }
    }),
  );
});

test("whatever there is: nothing of others is touched, and a second time changes nothing", () => {
  fc.assert(
    fc.property(world, (it) => {
      const plan = planPrune(it);
      for (const tag of plan.removeTags)
        expect(tag).toMatch(/^astratrade\/(runtime:dev-r|base:dev-)/);
      for (const id of plan.removeImages) {
        expect(it.images.find((image) => image.id === id)?.isOurs).toBe(true);
      }
      const left = it.releases.filter(({ number }) => !plan.forget.includes(number));
      const forgotten = it.releases.filter(({ number }) => plan.forget.includes(number));
      const again = planPrune({
        ...it,
        releases: left,
        gone: [...it.gone, ...forgotten],
        images: apply(it.images, plan),
      });
      expect(again.forget).toEqual([]);
      expect(again.addTags).toEqual([]);
      expect(again.removeTags).toEqual([]);
    }),
  );
});
