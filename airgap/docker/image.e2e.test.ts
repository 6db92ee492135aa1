import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { Call } from "../plugin/resource.ts";
import { isProperties, type Properties } from "../plugin/values.ts";
import { Engine } from "./engine.ts";
import { imageResource } from "./image.ts";
import { remoteImageResource } from "./remote-image.ts";

const NAME = `airgap-image-e2e-${process.pid}`;
const engine = new Engine();
const image = imageResource(engine);
const remoteImage = remoteImageResource(engine);

let context: string;
beforeAll(async () => {
  await engine.configure({}, AbortSignal.timeout(20_000));
});
beforeEach(() => {
  context = mkdtempSync(join(tmpdir(), "image-e2e-"));
  onTestFinished(() => rmSync(context, { recursive: true, force: true }));
});
afterAll(async () => {
  const images = await engine.docker.listImages({
    filters: JSON.stringify({ label: [`test=${NAME}`] }),
  });
  for (const { Id } of images) await engine.docker.getImage(Id).remove({ force: true });
});

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(context, name), content);
}

function newCall(signal = new AbortController().signal): Call & { readonly messages: string[] } {
  const messages: string[] = [];
  const note = (message: string) => void messages.push(message);
  const log = { debug: note, info: note, warning: note, status: note };
  return { urn: "urn", type: "type", name: "resource", signal, log, messages };
}

async function check(tag: string, build: Properties = {}): Promise<Properties> {
  const news = { imageName: `${NAME}:${tag}`, skipPush: true, build: { context, ...build } };
  const request = { olds: {}, oldOutputs: {}, randomSeed: new Uint8Array(), autonaming: undefined };
  return (await image.check({ ...request, news }, newCall())).inputs;
}

function build(inputs: Properties, call = newCall()) {
  return image.create({ inputs, preview: false, timeoutMs: undefined }, call);
}

const labelled = (dockerfile: string) => `${dockerfile}LABEL test=${NAME}\n`;

describe("Image", () => {
  it("builds with arguments, a target and an ignore file, and answers the id of the image", async () => {
    write({
      Dockerfile: labelled(
        "FROM scratch AS first\nARG WORD=none\nENV WORD=${WORD}\nCOPY . /context/\n",
      ).concat("FROM first AS second\nENV SECOND=1\n"),
      ".dockerignore": "secret\n",
      kept: "1",
      secret: "2",
    });
    const call = newCall();
    const { id, properties } = await build(
      await check("args", { target: "first", args: { WORD: "hello" } }),
      call,
    );
    expect(id).toBe(`${NAME}:args`);
    const found = await engine.docker.getImage(id).inspect();
    expect(properties).toMatchObject({
      imageName: id,
      baseImageName: id,
      context,
      dockerfile: "Dockerfile",
      registryServer: "",
      repoDigest: found.Id,
    });
    expect(found.Config.Env).toContain("WORD=hello");
    expect(found.Config.Env.join()).not.toContain("SECOND");
    expect(call.messages).toContain("Step 1/5 : FROM scratch AS first");
  });

  it("takes a change of the context for an update, and nothing else", async () => {
    write({ Dockerfile: labelled("FROM scratch\nCOPY file /\n"), file: "1" });
    const inputs = await check("diff");
    const { id, properties } = await build(inputs);
    const olds = { ...properties, __inputs: inputs };
    const diff = async () => {
      const news = await check("diff");
      return image.diff({ id, olds, oldInputs: inputs, news }, newCall());
    };
    expect(await diff()).toEqual({ changed: false });
    write({ file: "2" });
    expect(await diff()).toEqual({ changed: true, detailedDiff: { build: "UPDATE" } });
    write({ file: "1" });
    await engine.docker.getImage(id).remove({ force: true });
    expect(await diff()).toEqual({ changed: true, detailedDiff: { build: "UPDATE" } });
  });

  it("shows the step that failed", async () => {
    write({ Dockerfile: labelled("FROM scratch\n").concat("COPY missing /\n") });
    await expect(build(await check("fails"))).rejects.toThrow(
      new RegExp(
        `^error building image ${NAME}:fails: COPY failed: .*missing.*\n  Step 3/3 : COPY missing /$`,
      ),
    );
  });

  it("names a file that cannot be read and builds nothing", async () => {
    write({ Dockerfile: labelled("FROM scratch\nCOPY . /\n"), a: "x".repeat(1_000_000), z: "" });
    const inputs = await check("unreadable");
    write({ Dockerfile: labelled("FROM scratch\nCOPY . /\n") });
    const going = build(inputs);
    rmSync(join(context, "z"));
    await expect(going).rejects.toThrow(
      `error building image ${NAME}:unreadable: ENOENT: no such file or directory, open '${context}/z'`,
    );
  });

  it("gives up a build at once when the run is cancelled, whatever its step waits for", async () => {
    const asked = Promise.withResolvers<undefined>();
    // The step downloads from a server that never answers, so only the cancellation can end it.
    const server = createServer(() => asked.resolve(undefined));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    write({ Dockerfile: `FROM scratch\nADD http://127.0.0.1:${port}/never /\n` });
    const cancelled = new AbortController();
    const going = build(await check("cancelled"), newCall(cancelled.signal));
    await asked.promise;
    cancelled.abort(new Error("the run was cancelled"));
    await expect(going).rejects.toThrow(
      `error building image ${NAME}:cancelled: the build was cancelled`,
    );
  });
});

describe("RemoteImage", () => {
  const create = (inputs: Properties) =>
    remoteImage.create({ inputs, preview: false, timeoutMs: undefined }, newCall());

  it("takes what is on the engine, and removes it again unless it is to be kept", async () => {
    write({ Dockerfile: labelled("FROM scratch\n") });
    const built = await build(await check("remote"));
    const name = built.id;
    const { id, properties } = await create({ name });
    const imageId = (await engine.docker.getImage(name).inspect()).Id;
    expect(built.properties["repoDigest"]).toBe(imageId);
    expect(id).toBe(imageId + name);
    expect(properties).toMatchObject({ name, imageId, repoDigest: "", id });

    const request = { id, properties, inputs: { name, __defaults: [] } };
    const read = await remoteImage.read(request, newCall());
    expect(read).toMatchObject(request);

    const remove = (change: Properties) =>
      remoteImage.delete(
        { id, properties: { ...properties, ...change }, oldInputs: { name }, timeoutMs: undefined },
        newCall(),
      );
    await remove({ keepLocally: true });
    expect(await remoteImage.read(request, newCall())).toBeDefined();
    await remove({});
    expect(await remoteImage.read(request, newCall())).toBeUndefined();
    // An image that is gone already is a success.
    await remove({});
  });

  it("says what to do about an image that is nowhere", async () => {
    await expect(create({ name: "localhost:1/none:1" })).rejects.toThrow(
      /^image localhost:1\/none:1 is not on the engine, and it could not be pulled: .*connection refused\. Put it there with docker load, or/,
    );
  });
});

it("keeps the inputs of an image as a secret in its outputs", async () => {
  write({ Dockerfile: labelled("FROM scratch\n") });
  const inputs = await check("secret");
  const { properties } = await build(inputs);
  const kept = properties["__inputs"];
  expect(isProperties(kept) && kept["value"]).toEqual(inputs);
});
