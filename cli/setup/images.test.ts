import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { BaseImageName } from "../../catalog/images.ts";
import { defaultMachineFacts, type MachineFacts } from "../../topology/machine-facts.ts";
import { resolvePaths } from "../paths.ts";
import type { Draft, SetupContext } from "./context.ts";
import { provideImages } from "./images.ts";

let folder: string;
let server: Server;
/** Images on the made-up engine, by reference; pulling adds one where the registry has it. */
let present: Set<string>;
let inRegistry: Set<string>;
let registryAnswers: boolean;
let pulls: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "at-"));
  present = new Set();
  inRegistry = new Set();
  registryAnswers = true;
  pulls = [];
  server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://engine");
    response.setHeader("content-type", "application/json");
    if (url.pathname === "/images/create") {
      const ref = `${url.searchParams.get("fromImage") ?? ""}:${url.searchParams.get("tag") ?? ""}`;
      pulls.push(ref);
      if (!registryAnswers) {
        response.writeHead(500).end('{"message": "dial tcp: no such host"}');
        return;
      }
      if (inRegistry.has(ref)) present.add(ref);
      response.end(
        JSON.stringify(inRegistry.has(ref) ? { status: "Pulled" } : { error: "not found" }),
      );
      return;
    }
    const ref = decodeURIComponent(url.pathname.slice("/images/".length, -"/json".length));
    response.writeHead(present.has(ref) ? 200 : 404).end(JSON.stringify({ Id: `id of ${ref}` }));
  });
  await new Promise<void>((resolve) => server.listen(join(folder, "e.sock"), resolve));
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

interface Wish {
  readonly images: readonly BaseImageName[];
  readonly earlier?: MachineFacts;
  readonly refresh?: boolean;
}

function provide(
  { images, earlier, refresh = false }: Wish,
  draft: Draft = {},
): Promise<MachineFacts["images"]> {
  const ctx: SetupContext = {
    paths: resolvePaths({ env: {}, userHome: folder }),
    // Nothing on this PATH: no replacement can be made.
    env: { PATH: folder },
    userHome: folder,
    report: () => undefined,
    notice: () => undefined,
    confirm: () => Promise.resolve(false),
    earlier,
    refresh,
    images,
  };
  draft.engine = { ...defaultMachineFacts().engine, host: `unix://${join(folder, "e.sock")}` };
  draft.node = { kind: "official", version: "24", path: "/node" };
  return provideImages(ctx, draft);
}

const redis = "redis:7.2-alpine";
const node = "node:24-bookworm-slim";
const grafana = "grafana/grafana:12.1.1";

function earlierWith(images: Partial<MachineFacts["images"]>, ageMs: number): MachineFacts {
  const facts = defaultMachineFacts();
  const checkedAt = new Date(Date.now() - ageMs).toISOString();
  return { ...facts, checkedAt, images: { ...facts.images, ...images } };
}

describe("official images", () => {
  test("those on the engine are used without asking a registry", async () => {
    present = new Set([redis, node]);
    const draft: Draft = {};
    const images = await provide({ images: ["node", "redis"] }, draft);
    expect(images.redis).toEqual({
      kind: "official",
      ref: redis,
      version: "7.2",
      imageId: `id of ${redis}`,
    });
    expect(pulls).toEqual([]);
    expect(draft.askedRegistry).toBeUndefined();
  });

  test("others are pulled", async () => {
    inRegistry = new Set([redis, node]);
    const images = await provide({ images: ["node", "redis"] });
    expect(pulls).toEqual([node, redis]);
    expect(images.node).toMatchObject({ kind: "official", imageId: `id of ${node}` });
  });

  test("images that were not asked for are those that a registry would give", async () => {
    present = new Set([redis]);
    const images = await provide({ images: ["redis"] });
    expect(images.haproxy).toEqual({ kind: "official", ref: "haproxy:3.2-alpine", version: "3.2" });
  });
});

describe("where there is no registry", () => {
  test("one that does not answer is asked once", async () => {
    registryAnswers = false;
    const failure = provide({ images: ["node", "redis", "grafana"] });
    await expect(failure).rejects.toMatchObject({ name: "UserError", exitCode: 3 });
    await expect(failure).rejects.toThrow(
      /^There is no image for node\. The image node:24-bookworm-slim cannot/,
    );
    expect(pulls).toEqual([node]);
  });

  test("what can be done without is recorded with a sentence", async () => {
    const images = await provide({ images: ["grafana"] });
    const reason = `The image ${grafana} cannot be pulled here: not found`;
    expect(images.grafana).toEqual({ kind: "unavailable", reason });
    expect(images.haproxy.kind).toBe("unavailable");
  });

  test("what could not be had is asked for again after a day, or on request", async () => {
    const unavailable = { kind: "unavailable", reason: "as before" } as const;
    const hour = 3_600_000;
    const images: readonly BaseImageName[] = ["grafana"];
    const lately = earlierWith({ grafana: unavailable }, 23 * hour);
    expect((await provide({ images, earlier: lately })).grafana).toEqual(unavailable);
    expect(pulls).toEqual([]);
    await provide({ images, earlier: lately, refresh: true });
    await provide({ images, earlier: earlierWith({ grafana: unavailable }, 25 * hour) });
    expect(pulls).toEqual([grafana, grafana]);
  });

  test("a replacement in use stays until a refresh, even with the official image at hand", async () => {
    present = new Set([redis]);
    const fallback = { kind: "fallback", ref: "own/redis:1", version: "7.0.15" } as const;
    const earlier = earlierWith({ redis: fallback }, 0);
    await expect(provide({ images: ["redis"], earlier })).rejects.toThrow(
      "There is no image for redis. An image of our own was in use in place of redis:7.2-alpine.",
    );
    const images = await provide({ images: ["redis"], earlier, refresh: true });
    expect(images.redis.kind).toBe("official");
  });
});
