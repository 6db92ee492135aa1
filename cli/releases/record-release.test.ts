import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { labels } from "../../catalog/labels.ts";
import type { Blueprint } from "../../topology/blueprint.ts";
import { containersOf } from "../../topology/build-topology.ts";
import { defaultMachineFacts } from "../../topology/machine-facts.ts";
import type { Machine } from "../machine.ts";
import { resolvePaths } from "../paths.ts";
import { forgetReleases } from "./forget-releases.ts";
import { readHistory } from "./history.ts";
import { pinRelease } from "./pin.ts";
import { recordRelease } from "./record-release.ts";
import { readReleases } from "./release-store.ts";
import { startFakeEngine, type FakeEngine } from "./testing/fake-engine.ts";
import { blueprintWith, imageId } from "./testing/records.ts";

const redis = imageId("b");
const ours = { [labels.project]: "astratrade" };
let folder: string;
let engine: FakeEngine;
let machine: Machine;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "astratrade-record-"));
  engine = await startFakeEngine(join(folder, "docker.sock"));
  const facts = defaultMachineFacts();
  machine = {
    facts: { ...facts, engine: { ...facts.engine, host: engine.host } },
    paths: resolvePaths({ env: { ASTRATRADE_HOME: join(folder, "home") } }),
    env: {},
  };
  engine.images.set(redis, { tags: ["redis:7.2-alpine"], labels: {} });
  mkdirSync(join(folder, "report"));
  writeFileSync(join(folder, "report", "report.json"), '{"verdict":"passed"}');
  writeFileSync(join(folder, "report", "report.md"), "# passed\n");
});
afterEach(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What Pulumi and the validation have done before a release is recorded. */
async function deploy(blueprint: Blueprint, rollbackOf: number | null = null): Promise<string> {
  const { topology, runtimeImage } = blueprint;
  for (const image of engine.images.values()) {
    image.tags = image.tags.filter((tag) => tag !== topology.runtimeImageName);
  }
  const built = engine.images.get(runtimeImage) ?? { tags: [], labels: ours };
  engine.images.set(runtimeImage, {
    ...built,
    tags: [...built.tags, topology.runtimeImageName],
  });
  engine.containers.splice(
    0,
    Infinity,
    ...containersOf(topology).map(({ name, service, image }) => ({
      name,
      imageId: image === null ? runtimeImage : redis,
      labels: { [labels.service]: service },
    })),
  );
  const reportDir = join(folder, "report");
  return await recordRelease(machine, { stack: "dev", blueprint, reportDir, rollbackOf, keep: 2 });
}

const deployOf = (digit: number) => blueprintWith({ image: imageId(digit) });
const tagsOf = (id: string) => engine.images.get(id)?.tags.sort();
const recorded = () => readReleases(machine.paths, "dev").releases;

test("a deploy is recorded with what it ran on, and its images are kept by name", async () => {
  expect(await deploy(deployOf(1))).toBe("release 1");
  expect(recorded()).toMatchObject([
    {
      number: 1,
      trigger: { kind: "deploy" },
      verdict: "passed",
      image: imageId(1),
      baseImages: {
        redis: { ref: "redis:7.2-alpine", imageId: redis, version: "7.2", kind: "official" },
      },
      again: null,
    },
  ]);
  expect(tagsOf(imageId(1))).toEqual(["astratrade/runtime:dev", "astratrade/runtime:dev-r1"]);
  expect(tagsOf(redis)).toEqual(["astratrade/base:dev-bbbbbbbbbbbb", "redis:7.2-alpine"]);
});

test("the same again is no new release, and the record takes note of it", async () => {
  await deploy(deployOf(1));
  expect(await deploy(deployOf(1))).toBe("still release 1");
  expect(recorded()).toHaveLength(1);
  expect(recorded()[0]?.again?.operator).toMatch(/@/);
  expect(await deploy(deployOf(2))).toBe("release 2");
  expect(await deploy(deployOf(1))).toMatch(/^release 3; pruned release 1/);
});

test("a rollback is a release also where it is the same as the newest, with the source of what it brings back", async () => {
  await deploy(deployOf(1));
  await deploy(deployOf(2));
  expect(await deploy(deployOf(2), 2)).toMatch(/^release 3, which is release 2 again/);
  const [newest, before] = recorded();
  expect(newest?.trigger).toEqual({ kind: "rollback", of: 2 });
  expect(newest?.source).toEqual(before?.source);
});

test("what is too old is pruned: the record is a line, the image is gone", async () => {
  for (const digit of [1, 2]) await deploy(deployOf(digit));
  expect(await deploy(deployOf(3))).toBe("release 3; pruned release 1, 1 image name removed");
  expect(recorded().map(({ number }) => number)).toEqual([3, 2]);
  expect(readHistory(machine.paths, "dev").map(({ number }) => number)).toEqual([1]);
  expect(engine.images.has(imageId(1))).toBe(false);
  expect(tagsOf(imageId(2))).toEqual(["astratrade/runtime:dev-r2"]);
});

test("the pinned release is kept beside the last ones", async () => {
  await deploy(deployOf(1));
  pinRelease(machine.paths, "dev", { schemaVersion: 1, release: 1, blueprint: deployOf(1) });
  for (const digit of [2, 3, 4]) await deploy(deployOf(digit));
  expect(recorded().map(({ number }) => number)).toEqual([4, 3, 1]);
  expect(tagsOf(imageId(1))).toEqual(["astratrade/runtime:dev-r1"]);
});

test("an image without a name goes when it is ours, and stays when it is not", async () => {
  const [unused, foreign] = [imageId(8), imageId(9)];
  engine.images.set(unused, { tags: [], labels: ours });
  engine.images.set(foreign, { tags: [], labels: {} });
  await deploy(deployOf(1));
  expect([engine.images.has(unused), engine.images.has(foreign)]).toEqual([false, true]);
});

test("a record that cannot be written says that the deploy is done, and what to do", async () => {
  // A folder where a file should be: root may write everywhere, so a mode would not do.
  mkdirSync(join(machine.paths.releases, "dev", "history.jsonl"), { recursive: true });
  await expect(deploy(deployOf(1))).rejects.toThrow(
    /has passed its validation, but cannot be recorded in .*releases\/dev: EISDIR.*`npm run up` again/,
  );
});

test("a purge forgets the records, the pin and every name that the stack has given", async () => {
  for (const digit of [1, 2]) await deploy(deployOf(digit));
  engine.containers.splice(0);
  engine.images.set(imageId(7), { tags: ["astratrade/runtime:prod-r1"], labels: ours });
  await forgetReleases(machine, "dev");
  expect(recorded()).toEqual([]);
  expect([...engine.images.values()].flatMap(({ tags }) => tags)).toEqual([
    "redis:7.2-alpine",
    "astratrade/runtime:prod-r1",
  ]);
});
