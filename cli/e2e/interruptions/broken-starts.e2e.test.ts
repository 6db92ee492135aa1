import { mkdtempSync, readFileSync, globSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import Docker from "dockerode";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { removeContainer } from "../../repair/remove-objects.ts";
import { stuckPorts, tryStarts } from "../../repair/try-starts.ts";
import { baseImagesOf } from "../../testing/base-images.ts";
import { startSecondEngine, type SecondEngine } from "../../testing/second-engine.ts";
import { serveRestarts } from "./restart-service.ts";

/** An engine killed while it starts containers: what it refuses afterwards, and what gets it going again. */
let engine: SecondEngine;
let image = "";
const folder = mkdtempSync(join(tmpdir(), "astratrade-starts-"));

beforeAll(async () => {
  [image = ""] = await baseImagesOf(new Docker());
  engine = await startSecondEngine("starts");
  await engine.loadImages([image]);
  await engine.docker.createNetwork({ Name: "starts", Driver: "bridge" });
});
afterAll(async () => {
  await engine.stop();
  rmSync(folder, { recursive: true, force: true });
});

const ports = [8101, 8102, 8103, 8104, 8105, 8106];

function make(port: number): Promise<Docker.Container> {
  return engine.docker.createContainer({
    name: `starts-${port}`,
    Image: image,
    Entrypoint: ["sleep", "600"],
    User: "0",
    StopSignal: "SIGKILL",
    ExposedPorts: { "80/tcp": {} },
    HostConfig: {
      NetworkMode: "starts",
      PortBindings: { "80/tcp": [{ HostIp: engine.address, HostPort: String(port) }] },
    },
  });
}

/** All containers of this engine are the test's. */
async function containers() {
  const list = await engine.docker.listContainers({ all: true });
  return list.map(({ Id, Names, State }) => ({ id: Id, name: Names.join(), state: State }));
}

async function removeAll(): Promise<void> {
  for (const container of await containers()) await removeContainer(engine.docker, container);
}

/** Kills the engine in the middle of starts, later each time, until it holds ports for nobody. */
async function breakStarts(): Promise<number[]> {
  for (const afterMs of [350, 500, 700, 900, 1200, 1600]) {
    await removeAll();
    const made = await Promise.all(ports.map((port) => make(port)));
    // The kill is what ends these.
    const starts = made.map((container) => container.start().catch(() => undefined));
    await delay(afterMs);
    engine.kill();
    await Promise.all(starts);
    await engine.start();
    const refusals = await tryStarts(engine.docker, { containers: await containers() });
    const stuck = await stuckPorts(engine.docker, refusals);
    if (stuck.length > 0) return stuck;
  }
  throw new Error("The engine was never killed in the middle of a start.");
}

test("ports that it holds for nobody are found, and after a restart all can be made again", async () => {
  const stuck = await breakStarts();
  expect(ports).toEqual(expect.arrayContaining(stuck));
  await removeAll();
  // Removed is not enough: a new container does not get the port either.
  const another = await make(stuck[0] ?? 0);
  await expect(another.start()).rejects.toThrow("port is already allocated");
  await removeAll();

  const service = serveRestarts(engine, join(folder, "restart"));
  await execa("sh", ["-c", service.line], { timeout: 120_000 });
  service.stop();
  for (const port of ports) await (await make(port)).start();
  expect((await containers()).map(({ state }) => state)).toEqual(ports.map(() => "running"));

  await removeAll();
  const groups = globSync("/proc/[0-9]*/cgroup").filter((file) => isOfEngine(file));
  expect(groups).toEqual([]);
});

function isOfEngine(file: string): boolean {
  try {
    return readFileSync(file, "utf8").includes(`/${basename(engine.folder)}/`);
  } catch {
    // The process has ended meanwhile.
    return false;
  }
}
