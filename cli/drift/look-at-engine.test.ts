import { Readable } from "node:stream";
import type Docker from "dockerode";
import { pack } from "tar-stream";
import { expect, test } from "vitest";
import type { Deployed } from "./deployed.ts";
import { lookAtEngine } from "./look-at-engine.ts";
import { readContainerFile } from "./read-container-file.ts";
import {
  containerId,
  deployedOf,
  documentOf,
  imageDocument,
  sampleInputs,
} from "./testing/sample.ts";

const notFound = Object.assign(new Error("no such thing"), { statusCode: 404 });

function archiveOf(
  header: { name: string; mode?: number; type?: "directory" | "symlink"; linkname?: string },
  content = "",
) {
  const archive = pack();
  archive.entry(header, content);
  archive.finalize();
  return archive;
}

/** An engine that has what is given, and counts how many requests are under way at a time. */
function fakeEngine(has: {
  containers: Readonly<Record<string, object>>;
  images?: Readonly<Record<string, object>>;
}) {
  const seen = { asked: [] as string[], now: 0, most: 0 };
  const answer = async <T>(key: string, value: T | undefined): Promise<T> => {
    seen.asked.push(key);
    seen.now += 1;
    seen.most = Math.max(seen.most, seen.now);
    await new Promise(setImmediate);
    seen.now -= 1;
    if (value === undefined) throw notFound;
    return value;
  };
  const client = {
    getContainer: (key: string) => ({
      inspect: () => answer(`container ${key}`, has.containers[key]),
      getArchive: ({ path }: { path: string }) =>
        answer(`file ${path}`, archiveOf({ name: "app.conf", mode: 0o444 }, "interval: 50s\n")),
    }),
    getImage: (name: string) => ({ inspect: () => answer(`image ${name}`, has.images?.[name]) }),
    getNetwork: (key: string) => ({ inspect: () => answer(`network ${key}`, undefined) }),
    getVolume: (key: string) => ({ inspect: () => answer(`volume ${key}`, undefined) }),
    listContainers: () => answer("list", [{ Names: ["/trading-service"], Labels: {} }]),
  } as unknown as Docker;
  return { client, seen };
}

const container = deployedOf(sampleInputs);
const deployed: Deployed = {
  containers: [container],
  networks: [{ urn: "n", id: "1", inputs: { name: "edge", ipamConfigs: [] }, outputs: {} }],
  volumes: [{ urn: "v", inputs: { name: "data" } }],
};

test("a container is found by its id under any name, with its files and its image", async () => {
  const document = { ...documentOf(sampleInputs), Name: "/odd" };
  const { client } = fakeEngine({
    containers: { [containerId]: document },
    images: { [sampleInputs.image]: imageDocument },
  });
  const live = await lookAtEngine(client, "dev", deployed);
  expect(live.containers.get(container)?.Name).toBe("/odd");
  expect(live.images.get(sampleInputs.image)?.Id).toBe(imageDocument.Id);
  expect(live.files.get(container)?.get("/etc/app.conf")).toEqual({
    kind: "file",
    content: Buffer.from("interval: 50s\n"),
    mode: 0o444,
  });
  expect(live.labelled).toEqual(["trading-service"]);
});

test("where it is gone, the one under its name is taken, and what is nowhere is null", async () => {
  const other = { ...documentOf(sampleInputs), Id: "e4cadbc7987e" };
  const { client } = fakeEngine({ containers: { "trading-service": other } });
  const live = await lookAtEngine(client, "dev", deployed);
  expect(live.containers.get(container)?.Id).toBe("e4cadbc7987e");
  expect(live.images.get(sampleInputs.image)).toBeNull();
  expect(live.networks.get("edge")).toBeNull();
  expect(live.volumes.get("data")).toBeNull();
});

test("an image is asked for once, and no more than eight requests are under way", async () => {
  const many = Array.from({ length: 30 }, () => deployedOf(sampleInputs));
  const { client, seen } = fakeEngine({
    containers: { [containerId]: documentOf(sampleInputs) },
    images: { [sampleInputs.image]: imageDocument },
  });
  await lookAtEngine(client, "dev", { containers: many, networks: [], volumes: [] });
  expect(seen.asked.filter((it) => it.startsWith("image"))).toEqual([
    `image ${sampleInputs.image}`,
  ]);
  expect(seen.most).toBe(8);
});

test("what the engine refuses for another reason is an error", async () => {
  const broken = Object.assign(new Error("it is broken"), { statusCode: 500 });
  const { client } = fakeEngine({ containers: {} });
  client.getVolume = () => ({ inspect: () => Promise.reject(broken) }) as unknown as Docker.Volume;
  await expect(lookAtEngine(client, "dev", deployed)).rejects.toThrow("it is broken");
});

test.each([
  [
    { name: "a", type: "directory" },
    { kind: "other", what: "a folder" },
  ],
  [
    { name: "a", type: "symlink", linkname: "/b" },
    { kind: "other", what: "a link" },
  ],
] as const)("what is no file any more is told: %o", async (header, expected) => {
  const holder = { getArchive: () => Promise.resolve(archiveOf(header)) };
  const read = readContainerFile(
    holder as unknown as Docker.Container,
    "/a",
    AbortSignal.timeout(5000),
  );
  expect(await read).toEqual(expected);
});

test("a connection that ends in the middle is an error, not half a file", async () => {
  const full = archiveOf({ name: "a" }, "x".repeat(5000)).read() as Buffer | null;
  const half = Readable.from(
    (function* () {
      yield (full ?? Buffer.alloc(512)).subarray(0, 512);
      throw new Error("connection lost");
    })(),
  );
  const holder = { getArchive: () => Promise.resolve(half) };
  const read = readContainerFile(
    holder as unknown as Docker.Container,
    "/a",
    AbortSignal.timeout(5000),
  );
  await expect(read).rejects.toThrow("connection lost");
});
