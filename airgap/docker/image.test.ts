import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { Call } from "../plugin/resource.ts";
import { UNKNOWN } from "../plugin/values.ts";
import type { Properties } from "../plugin/values.ts";
import { Engine } from "./engine.ts";
import { readImageInputs } from "./image-inputs.ts";
import { imageResource } from "./image.ts";
import { remoteImageResource } from "./remote-image.ts";

/** An engine that was never configured: whatever would speak to it fails. */
const engine = new Engine();
const image = imageResource(engine);
const remoteImage = remoteImageResource(engine);

const messages: string[] = [];
const note = (message: string) => void messages.push(message);
const call: Call = {
  urn: "urn",
  type: "type",
  name: "app",
  signal: new AbortController().signal,
  log: { debug: note, info: note, warning: note, status: note },
};
const nothing = {
  olds: {},
  oldOutputs: {},
  randomSeed: new Uint8Array(),
  autonaming: undefined,
};

let context: string;
beforeEach(() => {
  messages.length = 0;
  context = mkdtempSync(join(tmpdir(), "image-"));
  onTestFinished(() => rmSync(context, { recursive: true, force: true }));
  writeFileSync(join(context, "Dockerfile"), "FROM scratch\n");
});

const platform = "linux/amd64";

async function check(news: Properties): Promise<Properties> {
  return (await image.check({ ...nothing, news }, call)).inputs;
}

describe("Image check", () => {
  it("fills in the Dockerfile, the digest of the context and what is off", async () => {
    const news = {
      imageName: "app:1",
      skipPush: true,
      registry: null,
      build: { context, platform },
    };
    expect(await check(news)).toEqual({
      imageName: "app:1",
      skipPush: true,
      buildOnPreview: false,
      build: {
        context,
        platform,
        dockerfile: join(context, "Dockerfile"),
        contextDigest: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      },
    });
  });

  it("passes through what only the real run will know", async () => {
    const news = { imageName: UNKNOWN, skipPush: true, build: { context: UNKNOWN, platform } };
    expect(await check(news)).toEqual({
      ...news,
      buildOnPreview: false,
      build: { context: UNKNOWN, platform, dockerfile: UNKNOWN },
    });
    const whole = { imageName: "a", skipPush: true, build: UNKNOWN };
    expect(await check(whole)).toEqual({ ...whole, buildOnPreview: false });
  });

  it.each<[string, Properties, string]>([
    [
      "another builder",
      { skipPush: true, build: { builderVersion: "BuilderV3" } },
      'build.builderVersion is "BuilderV3"; allowed is "BuilderV1" or "BuilderBuildKit"',
    ],
    [
      "a push without a registry",
      { imageName: "app:1" },
      'imageName is "app:1", which names no registry to push to',
    ],
    [
      "a context that is not there",
      { skipPush: true, build: { context: "/nowhere" } },
      'build.context is "/nowhere", which does not exist',
    ],
    [
      "a Dockerfile that is not there",
      { skipPush: true, build: { context: tmpdir(), dockerfile: "/nowhere/Dockerfile" } },
      'build.dockerfile is "/nowhere/Dockerfile", which does not exist',
    ],
  ])("refuses %s", async (_, news, message) => {
    const build = { platform, ...(news["build"] as Properties | undefined) };
    await expect(check({ imageName: "a", ...news, build })).rejects.toThrow(message);
  });

  it("guesses at a Dockerfile that was meant relative to the context", async () => {
    const build = { context, dockerfile: "Dockerfile", platform };
    await expect(check({ imageName: "a", skipPush: true, build })).rejects.toThrow(
      `it is taken relative to the program, not to the context: try "${context}/Dockerfile"`,
    );
  });

  it("allows a push to a registry by name or by registry.server", async () => {
    const build = { context, platform };
    await check({ imageName: "localhost:5000/app:1", build });
    await check({ imageName: "app:1", registry: { server: "example.com" }, build });
  });
});

describe("Image diff", () => {
  const inputs = { imageName: "app:1", registry: { server: "a", password: "1" } };
  it.each<[string, Properties, Properties]>([
    ["nothing", inputs, {}],
    ["credentials alone", { ...inputs, registry: { server: "a", password: "2" } }, {}],
    ["a server", { ...inputs, registry: { server: "b" } }, { registry: "UPDATE" }],
    ["something new", { ...inputs, build: {} }, { build: "ADD" }],
    ["something gone", { imageName: "app:1" }, { registry: "DELETE" }],
  ])("%s", async (_, news, detailedDiff) => {
    const olds = { __inputs: inputs, repoDigest: "example.com/app@sha256:1" };
    const changed = Object.keys(detailedDiff).length > 0;
    expect(await image.diff({ id: "app:1", olds, oldInputs: inputs, news }, call)).toEqual({
      changed,
      ...(changed && { detailedDiff }),
    });
  });
});

describe("Image in a preview", () => {
  it("builds nothing and answers the inputs, from which the engine knows what is unknown", async () => {
    const inputs = { imageName: "app:1", buildOnPreview: false };
    const created = await image.create({ inputs, preview: true, timeoutMs: undefined }, call);
    expect(created.properties).toEqual(inputs);
    expect(messages).toEqual([]);
  });

  it("says why it does not build although it should", async () => {
    const inputs = { imageName: "app:1", buildOnPreview: true, build: { args: { A: UNKNOWN } } };
    await image.create({ inputs, preview: true, timeoutMs: undefined }, call);
    expect(messages.join()).toContain("the image is not built in this preview");
  });
});

it("reads inputs with everything absent as empty", () => {
  expect(readImageInputs({ imageName: "a", build: { args: { B: "1" } } })).toEqual({
    imageName: "a",
    skipPush: false,
    registry: { server: "", username: "", password: "" },
    build: {
      context: "",
      dockerfile: "",
      args: { B: "1" },
      target: "",
      platform: "",
      cacheFrom: [],
      addHosts: [],
      network: "",
    },
  });
});

describe("RemoteImage", () => {
  it("replaces for another name, and keeps its image when only the bookkeeping changes", async () => {
    const olds = { name: "a:1", imageId: "sha256:1", repoDigest: "", keepLocally: true };
    const diff = (news: Properties) =>
      remoteImage.diff({ id: "x", olds, oldInputs: olds, news }, call);
    expect(await diff({ name: "a:1", keepLocally: true })).toMatchObject({ changed: false });
    expect(await diff({ name: "a:2", keepLocally: true })).toMatchObject({
      replaces: ["name"],
      detailedDiff: { name: "UPDATE_REPLACE" },
    });
    expect(await diff({ name: "a:1" })).toMatchObject({ diffs: ["keepLocally"], replaces: [] });
  });

  it("refuses to build, and says what builds", async () => {
    const { failures } = await remoteImage.check(
      { ...nothing, news: { name: "a", build: { context: "." } } },
      call,
    );
    expect(failures).toEqual([
      {
        property: "build",
        reason:
          "build: the fallback docker provider pulls a RemoteImage or finds it on the engine, but " +
          "does not build it; use docker.Image to build one",
      },
    ]);
  });
});
