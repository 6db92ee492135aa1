import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import axios from "axios";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { labels } from "../../catalog/labels.ts";
import { releaseTag } from "../releases/plan-prune.ts";
import type { Release } from "../releases/release.ts";
import { expectExit } from "./expect-exit.ts";
import { createSandbox, type Outcome, type Sandbox } from "./sandbox.ts";

/**
 * Three releases of one stack, and back and forth between them. The tests build on each other, in order: the first makes
 * the releases, and each of the others leaves another one running.
 */
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await createSandbox();
});

afterAll(async () => {
  await sandbox.remove();
});

const http = axios.create({ timeout: 15_000, validateStatus: () => true });

/** Image of gateway and services in each of the three releases. */
const images: string[] = [];
let trades = 0;

/** Changes the source of the runtime, so that its image is another one. */
function editRuntime(from: string, to: string): void {
  const path = join(sandbox.root, "runtime", "main.ts");
  const text = readFileSync(path, "utf8");
  expect(text).toContain(from);
  writeFileSync(path, text.replace(from, to));
}

async function commit(message: string): Promise<void> {
  const identity = "-c user.name=test -c user.email=test@localhost";
  expectExit(await sandbox.shell(`git add -A && git ${identity} commit -qm "${message}"`), 0);
}

async function trade(): Promise<void> {
  const { status } = await http.post(`${sandbox.gatewayUrl}/api/v1/trading/execute`, {
    user_id: 4711,
    asset_symbol: "BTC/USD",
    direction: "LONG",
    amount: 10,
  });
  expect(status).toBe(201);
  trades += 1;
}

async function tradesThere(): Promise<number> {
  const { data } = await http.get<{ total: number }>(
    `${sandbox.gatewayUrl}/api/v1/trading/history/4711`,
    { headers: { "X-User-ID": "4711" } },
  );
  return data.total;
}

/** What runs: the image of each container of ours, and two settings that the releases differ in. */
async function running(): Promise<{ images: string[]; nftMemoryMb: number; logLevel: string }> {
  const { docker, prefix, stack } = sandbox;
  const filters = { label: [`${labels.stack}=${stack}`] };
  const containers = await docker.listContainers({ all: true, filters });
  const own = containers.filter(
    ({ Labels }) => !/^(redis|prometheus|grafana)$/.test(Labels[labels.service] ?? ""),
  );
  expect(own).toHaveLength(7);
  const nft = await docker.getContainer(`${prefix}nft-service`).inspect();
  return {
    images: [...new Set(own.map(({ ImageID }) => ImageID))],
    nftMemoryMb: (nft.HostConfig.Memory ?? 0) / 1024 ** 2,
    logLevel: nft.Config.Env.find((it) => it.startsWith("LOG_LEVEL=")) ?? "",
  };
}

async function imagesOnEngine(): Promise<string[]> {
  return (await sandbox.docker.listImages()).map(({ Id }) => Id).sort();
}

interface ListedRelease extends Release {
  readonly runs: boolean;
  readonly imageAtHand: boolean;
}

async function listed(): Promise<{ releases: ListedRelease[]; pinned: number | null }> {
  const outcome = await sandbox.astra("releases", "--json");
  expectExit(outcome, 0);
  return JSON.parse(outcome.text) as { releases: ListedRelease[]; pinned: number | null };
}

/** A rollback with what must be true of each: nothing is built, no data is lost, and the clone stays clean. */
async function rollBack(...args: string[]): Promise<Outcome> {
  const before = await imagesOnEngine();
  const buildContext = join(sandbox.root, ".build");
  rmSync(buildContext, { recursive: true, force: true });
  const outcome = await sandbox.astra("rollback", ...args);
  expectExit(outcome, 0);
  expect(await imagesOnEngine()).toEqual(before);
  expect(existsSync(buildContext)).toBe(false);
  expect(await tradesThere()).toBe(trades);
  const { stack } = sandbox;
  for (const line of [
    `pulumi preview --stack ${stack} --non-interactive --expect-no-changes`,
    'test -z "$(git status --porcelain)"',
  ]) {
    expectExit(await sandbox.shell(line), 0);
  }
  return outcome;
}

describe("releases", () => {
  test("each deploy of something else is one, with its image kept by a tag", async () => {
    expectExit(await sandbox.setup(), 0);
    const none = await sandbox.astra("rollback");
    expectExit(none, 1);
    expect(none.text).toContain("no release is recorded");

    const { stack } = sandbox;
    const steps: (() => void)[] = [
      // An image that no other stack on this engine has: the same source gives the same image.
      () => {
        editRuntime("services can be loaded", `services of ${stack} can be loaded`);
      },
      () => {
        editRuntime(`services of ${stack}`, `services, all of ${stack}`);
      },
      () => {
        sandbox.configure({ limits: { nft: { memoryMb: 384 } }, logLevel: "debug" });
      },
    ];
    for (const [index, change] of steps.entries()) {
      change();
      await commit(`release ${index + 1}`);
      const outcome = await sandbox.astra("up");
      expectExit(outcome, 0);
      expect(outcome.text).toContain(`release ${index + 1}`);
      images.push(...(await running()).images);
      await trade();
    }
    expect(images).toHaveLength(3);
    expect(new Set(images).size).toBe(2);
    const { releases } = await listed();
    const { stdout: head } = await commitId();
    expect(
      releases.map(({ number, image, runs, imageAtHand }) => [number, image, runs, imageAtHand]),
    ).toEqual([
      [3, images[2], true, true],
      [2, images[1], false, true],
      [1, images[0], false, true],
    ]);
    expect(releases.map(({ source }) => source?.dirty)).toEqual([false, false, false]);
    expect(releases[0]).toMatchObject({
      source: { revision: head, dirty: false },
      trigger: { kind: "deploy" },
      verdict: "passed",
    });
    for (const [index, image] of images.entries()) {
      const tagged = await sandbox.docker.getImage(releaseTag(sandbox.stack, index + 1)).inspect();
      expect(tagged.Id).toBe(image);
    }
  });

  test("two of them are compared: settings key by key, images, revisions", async () => {
    const outcome = await sandbox.astra("releases", "2", "3");
    expectExit(outcome, 0);
    expect(outcome.text).toMatch(/services\.nft\S*\.memoryMb +512 → 384/);
    expect(outcome.text).toMatch(/services\.trading\S*\.env\.LOG_LEVEL +info → debug/);
    expect(outcome.text).toMatch(/revision +[0-9a-f]{40} → [0-9a-f]{40}/);
    expect(outcome.text).not.toMatch(/^ +image /m);
    expectExit(await sandbox.astra("releases", "2", "9"), 1);
  });
});

async function commitId(): Promise<{ stdout: string }> {
  return { stdout: (await sandbox.shell("git rev-parse HEAD")).text.trim() };
}

describe("rollback", () => {
  test("across two releases, with a source and settings that could not be deployed", async () => {
    editRuntime("import ", "this is no program import ");
    sandbox.configure({ publish: "everything" });
    await commit("broken");
    const outcome = await rollBack("--to", "1");
    expect(outcome.text).toContain("release 4, which is release 1 again");
    expect(await running()).toEqual({
      images: [images[0]],
      nftMemoryMb: 512,
      logLevel: "LOG_LEVEL=info",
    });
    const { releases, pinned } = await listed();
    expect(pinned).toBe(1);
    expect(releases[0]).toMatchObject({
      number: 4,
      runs: true,
      trigger: { kind: "rollback", of: 1 },
      source: releases[3]?.source,
    });
    await trade();
  });

  test("and forward again, from another fresh clone", async () => {
    const { stack } = sandbox;
    const modules = join(sandbox.root, "node_modules");
    const before = await imagesOnEngine();
    const outcome = await sandbox.shell(
      `git clone -q . ../second && cd ../second && { test -e node_modules || ln -s ${modules} node_modules; } && ` +
        `npm run -s rollback -- --stack ${stack} --to 3 && test -z "$(git status --porcelain)" && test ! -e .build`,
    );
    expectExit(outcome, 0);
    expect(existsSync(join(dirname(sandbox.root), "second", "reports"))).toBe(true);
    expect(await imagesOnEngine()).toEqual(before);
    expect(await running()).toEqual({
      images: [images[2]],
      nftMemoryMb: 384,
      logLevel: "LOG_LEVEL=debug",
    });
    expect(await tradesThere()).toBe(trades);
    await trade();
  });

  test("without a number it goes to the release before the one that was brought back", async () => {
    const outcome = await rollBack();
    expect(outcome.text).toContain("to release 2, the one before release 3");
    expect(await running()).toEqual({
      images: [images[1]],
      nftMemoryMb: 512,
      logLevel: "LOG_LEVEL=info",
    });
  });

  test("refuses what cannot work, with every reason, and leaves all as it is", async () => {
    const { docker, stack } = sandbox;
    const before = await running();
    expect((await sandbox.astra("rollback", "--to", "9")).text).toContain("there is no release 9");
    expect((await sandbox.astra("rollback", "--to", "2")).text).toContain("release 2 is what runs");

    // Release 1 and its rollback are all that has the first image.
    for (const name of [releaseTag(stack, 1), releaseTag(stack, 4)]) {
      await docker.getImage(name).remove({ force: true });
    }
    const versions = join(dirname(sandbox.root), "home", "data-versions.json");
    const recorded = readFileSync(versions, "utf8");
    const volume = `astratrade-${stack}-redis-data`;
    writeFileSync(
      versions,
      JSON.stringify({ ...(JSON.parse(recorded) as object), [volume]: "99.0" }),
    );
    const outcome = await sandbox.astra("rollback", "--to", "1");
    writeFileSync(versions, recorded);
    expectExit(outcome, 1);
    expect(outcome.text).toContain("is not on the engine any more");
    expect(outcome.text).toContain(`volume ${volume} was written by version 99.0`);
    expect((await listed()).pinned).toBe(2);
    expect(await running()).toEqual(before);
  });
});

describe("a bad night", () => {
  test("a release that does not validate is rolled back to the last one that did", async () => {
    editRuntime("this is no program import ", "import ");
    // Everything works, and the image's own check does not say that it is whole.
    editRuntime("can be loaded", "may be loaded");
    sandbox.configure({});
    await commit("does not validate");
    const failed = await sandbox.astra("up");
    expectExit(failed, 1);
    expect(failed.text).toContain("A rollback had pinned release 2");
    const list = await sandbox.astra("releases");
    expect(list.text).toContain("What runs is none of them");

    const outcome = await rollBack();
    expect(outcome.text).toMatch(/to release 6, the newest one, since what was deployed last/);
    expect((await running()).images).toEqual([images[1]]);
    const { releases } = await listed();
    expect(releases[0]).toMatchObject({ number: 7, trigger: { kind: "rollback", of: 6 } });
  });

  test("purging the stack forgets its releases and their images", async () => {
    const { docker, stack } = sandbox;
    expectExit(await sandbox.astra("down", "--purge", "--confirm", stack), 0);
    const names = (await docker.listImages()).flatMap(({ RepoTags }) => RepoTags ?? []);
    expect(names.filter((name) => name.includes(`:${stack}`))).toEqual([]);
    const list = await sandbox.astra("releases");
    expect(list.text).toContain(`No release of stack ${stack} is recorded.`);
  });
});
