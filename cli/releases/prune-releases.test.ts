import type Docker from "dockerode";
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { labels } from "../../catalog/labels.ts";
import { defaultMachineFacts } from "../../topology/machine-facts.ts";
import { deploymentFixture } from "../../validation/testing/deployment.ts";
import type { Machine } from "../machine.ts";
import { resolvePaths } from "../paths.ts";
import { listImages, pruneReleases, removeFromEngine } from "./prune-releases.ts";
import { addRelease, readReleases } from "./release-store.ts";
import { startFakeEngine, type FakeEngine } from "./testing/fake-engine.ts";
import { blueprintWith, imageId, releaseWith } from "./testing/records.ts";

let folder: string;
let engine: FakeEngine;
let machine: Machine;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "astratrade-prune-"));
  engine = await startFakeEngine(join(folder, "docker.sock"));
  const facts = defaultMachineFacts();
  const paths = resolvePaths({ env: { ASTRATRADE_HOME: folder } });
  machine = {
    facts: { ...facts, engine: { ...facts.engine, host: engine.host } },
    paths,
    env: { PULUMI_BACKEND_URL: `file://${paths.state}` },
  };
});
afterEach(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

const ours = { [labels.project]: "astratrade" };
const blueprintOf = (digit: number) => blueprintWith({ image: imageId(digit) });

/** Records a release of one image, which is on the engine under these names. */
function record(stack: string, digit: number, tags: string[]): void {
  addRelease(machine.paths, releaseWith(1, { stack, blueprint: blueprintOf(digit) }), []);
  engine.images.set(imageId(digit), { tags, labels: ours });
}
const numbers = () => readReleases(machine.paths, "dev").releases.map(({ number }) => number);
const tagsOf = (id: string) => engine.images.get(id)?.tags.sort();

test("without a number, the release that is found to run is kept", async () => {
  for (const digit of [1, 2, 3]) record("dev", digit, [`astratrade/runtime:dev-r${digit}`]);
  const deployment = deploymentFixture();
  for (const { name, image, service, configHash } of deployment.containers) {
    const its = { [labels.service]: service, [labels.configHash]: configHash };
    engine.containers.push({ name, imageId: image, labels: its });
  }
  const outputs = { deployment, blueprint: blueprintOf(1) };
  const resources = [{ urn: "x", type: "pulumi:pulumi:Stack", outputs }];
  const file = join(machine.paths.state, ".pulumi/stacks/astratrade/dev.json");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ version: 3, checkpoint: { latest: { resources } } }));
  expect(await pruneReleases(machine, "dev", 1)).toBe("pruned release 2, 1 image name removed");
  expect(numbers()).toEqual([3, 1]);
});

test("an image that another stack's release needs stays, also where its own name there is lost", async () => {
  record("prod", 1, []);
  record("dev", 1, ["astratrade/runtime:dev-r1"]);
  record("dev", 2, ["astratrade/runtime:dev-r2"]);
  expect(await pruneReleases(machine, "dev", 1, 2)).toBe("pruned release 1");
  expect(tagsOf(imageId(1))).toEqual(["astratrade/runtime:dev-r1"]);
});

test("base images get a name that keeps them, but for the one that is only built from", async () => {
  record("dev", 1, ["astratrade/runtime:dev-r1"]);
  engine.images.set(imageId("a"), { tags: ["node:24-bookworm-slim"], labels: {} });
  engine.images.set(imageId("b"), { tags: ["redis:7.2-alpine"], labels: {} });
  expect(await pruneReleases(machine, "dev", 1, 1)).toBe("");
  expect(tagsOf(imageId("a"))).toEqual(["node:24-bookworm-slim"]);
  expect(tagsOf(imageId("b"))).toEqual(["astratrade/base:dev-bbbbbbbbbbbb", "redis:7.2-alpine"]);
});

test("images that have no name are listed as such, and only the project's as ours", async () => {
  const client = {
    listImages: () =>
      Promise.resolve([
        { Id: "1", RepoTags: ["a:1", "<none>:<none>"], Labels: ours },
        { Id: "2", RepoTags: null, Labels: null },
        { Id: "3", RepoTags: [], Labels: { [labels.project]: "another" } },
      ]),
  } as unknown as Docker;
  expect(await listImages(client)).toEqual([
    { id: "1", tags: ["a:1"], isOurs: true },
    { id: "2", tags: [], isOurs: false },
    { id: "3", tags: [], isOurs: false },
  ]);
});

test("what is gone or in use is passed over and not counted, and nothing is forced", async () => {
  const asked: unknown[][] = [];
  const answers: Readonly<Record<string, number>> = { gone: 404, used: 409, broken: 500 };
  const client = {
    getImage: (name: string) => ({
      remove: (...options: unknown[]) => {
        asked.push([name, ...options]);
        const statusCode = answers[name];
        return statusCode === undefined
          ? Promise.resolve([])
          : Promise.reject(Object.assign(new Error(name), { statusCode }));
      },
    }),
  } as unknown as Docker;
  const plan = { removeTags: ["gone", "tag"], removeImages: ["used", "id"] };
  expect(await removeFromEngine(client, plan)).toBe(2);
  expect(asked).toEqual([["gone"], ["tag"], ["used"], ["id"]]);
  await expect(
    removeFromEngine(client, { removeTags: ["broken"], removeImages: [] }),
  ).rejects.toThrow("broken");
});

test("what a command has left that ended while it wrote a record goes", async () => {
  record("dev", 1, ["astratrade/runtime:dev-r1"]);
  const draft = join(machine.paths.releases, "dev", ".draft-1");
  mkdirSync(draft);
  utimesSync(draft, 1, 1);
  await pruneReleases(machine, "dev", 1, 1);
  expect(existsSync(draft)).toBe(false);
});
