import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import Docker from "dockerode";
import pRetry from "p-retry";
import { afterAll, beforeAll, expect, test } from "vitest";
import { baseImagesOf } from "./base-images.ts";
import { startSecondEngine, type SecondEngine } from "./second-engine.ts";

let engine: SecondEngine;
beforeAll(async () => (engine = await startSecondEngine("own")));
afterAll(() => engine.stop());

/** A web server that ends at once when it is asked to. */
const program =
  'process.on("SIGTERM", () => process.exit()); require("http").createServer((q, r) => r.end("here")).listen(80)';

test("an engine of its own beside the first: it survives a kill, and leaves nothing", async () => {
  const first = new Docker();
  expect(await engineId(engine.docker)).not.toBe(await engineId(first));

  const [image = ""] = await baseImagesOf(first);
  await engine.loadImages([image]);
  const container = await engine.docker.createContainer({
    Image: image,
    Entrypoint: ["node", "-e", program],
    User: "0",
    ExposedPorts: { "80/tcp": {} },
    HostConfig: {
      RestartPolicy: { Name: "always" },
      PortBindings: { "80/tcp": [{ HostPort: "8080" }] },
    },
  });
  await container.start();
  expect(await answer()).toBe("here");
  await expect(fetch("http://127.0.0.1:8080")).rejects.toThrow("fetch failed");

  const pid = engine.pid();
  engine.kill();
  await engine.start();
  expect(engine.pid()).not.toBe(pid);
  expect(await answer()).toBe("here");

  const helper = shimSocket(container.id);
  expect(traces(helper)).not.toEqual([]);
  engine.kill();
  await engine.stop();
  expect(traces(helper)).toEqual([]);
});

async function engineId(docker: Docker): Promise<string> {
  return ((await docker.info()) as { ID: string }).ID;
}

function answer(): Promise<string> {
  return pRetry(async () => (await fetch(`http://${engine.address}:8080`)).text(), {
    retries: 50,
    minTimeout: 100,
    factor: 1,
  });
}

/** Where the helper of a container says that it listens. */
function shimSocket(id: string): string {
  const [address = ""] = globSync(`${engine.folder}/containerd-state/*/moby/${id}/address`);
  return readFileSync(address, "utf8").replace("unix://", "");
}

/** What this machine has of the engine. */
function traces(helper: string): string[] {
  const name = basename(engine.folder);
  const named = (path: string): string[] => readLines(path).filter((it) => it.includes(name));
  return [
    ...globSync([
      helper,
      engine.folder,
      `/run/netns/${name}`,
      `/sys/fs/cgroup/{.,*}/${name}`,
      `/sys/class/net/a2-${name.slice(-6)}*`,
    ]),
    ...named("/proc/self/mountinfo"),
    ...globSync("/proc/[0-9]*/{cmdline,cgroup}").flatMap(named),
  ];
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, "utf8").split("\n");
  } catch {
    // A process that has ended meanwhile.
    return [];
  }
}
