import { expect, test } from "vitest";
import { imagesToLookUp, planRollback } from "./rollback-plan.ts";
import { blueprintWith, imageId, releaseWith } from "./testing/records.ts";

const release = releaseWith(2);
const redis = imageId("b");
const atHand: Record<string, string | null> = {
  [release.image]: release.image,
  "redis:7.2-alpine": redis,
  [redis]: redis,
};
const plan = (
  changes: Parameters<typeof releaseWith>[1] = {},
  images: Record<string, string | null> = {},
  dataVersions: Record<string, string> = {},
) =>
  planRollback(
    releaseWith(2, changes),
    { idOf: new Map(Object.entries({ ...atHand, ...images })) },
    dataVersions,
  );

test("with everything at hand the blueprint is deployed as it was recorded", () => {
  expect(plan()).toEqual({
    ok: true,
    blueprint: release.blueprint,
    openings: [{ volume: "astratrade-dev-redis-data", version: "7.2" }],
    notes: [],
  });
  expect(imagesToLookUp(release)).toEqual([release.image, "redis:7.2-alpine", redis]);
});

test("a base image whose name has moved is deployed by its id, and said so", () => {
  const moved = plan({}, { "redis:7.2-alpine": imageId("c") });
  expect(moved).toMatchObject({
    ok: true,
    notes: [
      "redis:7.2-alpine is cccccccccccc by now: redis runs the image of the release, bbbbbbbbbbbb, by its id.",
    ],
  });
  const { topology } = blueprintWith();
  expect(moved.ok && moved.blueprint).toEqual({
    ...blueprintWith(),
    topology: { ...topology, redis: { ...topology.redis, image: redis } },
  });
  expect(plan({}, { "redis:7.2-alpine": null })).toMatchObject({
    ok: true,
    notes: [
      "redis:7.2-alpine names nothing any more: redis runs the image of the release, bbbbbbbbbbbb, by its id.",
    ],
  });
});

test("a base image without a recorded id goes by its name", () => {
  const baseImages = {
    redis: { ref: "redis:7.2-alpine", imageId: null, version: "7.2", kind: "official" as const },
  };
  expect(plan({ baseImages }).ok).toBe(true);
  expect(plan({ baseImages }, { "redis:7.2-alpine": null })).toMatchObject({
    ok: false,
    problems: [
      "its redis image redis:7.2-alpine is not on the engine any more; load it (`docker load`)",
    ],
  });
});

test("data of the same or an older format may be opened, newer data not", () => {
  const volume = "astratrade-dev-redis-data";
  for (const version of ["7.0", "7.2", "7.2.9"]) {
    expect(plan({}, {}, { [volume]: version }).ok).toBe(true);
  }
  expect(plan({}, {}, { [volume]: "7.4.1" })).toMatchObject({ ok: false });
});

test("an image of the user's own is not judged by data", () => {
  const baseImages = {
    redis: { ref: "mine/redis:1", imageId: redis, version: null, kind: "own" as const },
  };
  const own = plan(
    { baseImages },
    { "mine/redis:1": redis },
    { "astratrade-dev-redis-data": "9.9" },
  );
  expect(own).toMatchObject({ ok: true, openings: [] });
});

test("every reason is given at once, each with the way out", () => {
  const refused = plan(
    {},
    { [release.image]: null, [redis]: null, "redis:7.2-alpine": imageId("c") },
    { "astratrade-dev-redis-data": "7.4.1" },
  );
  expect(refused).toEqual({
    ok: false,
    problems: [
      "its image 111111111111 is not on the engine any more; load it (`docker load`), or check revision 0123456789ab out and deploy it with `npm run up`",
      "its redis image bbbbbbbbbbbb (redis:7.2-alpine) is not on the engine any more; redis:7.2-alpine is cccccccccccc by now, which is another one; load it (`docker load`)",
      "volume astratrade-dev-redis-data was written by version 7.4.1 since then, and the release has 7.2, which may not read it; roll back to a release with the newer version, or restore a backup into a new volume",
    ],
  });
});

test("a blueprint that this version cannot read is refused with its fields", () => {
  const { topology: _topology, ...others } = blueprintWith();
  const refused = plan({ blueprint: { ...others, schemaVersion: 2 } });
  expect(_topology.stack).toBe("dev");
  expect(refused).toMatchObject({
    ok: false,
    problems: [
      expect.stringMatching(/use the version that recorded it \(0123456789ab\)[^]*topology/),
    ],
  });
});
