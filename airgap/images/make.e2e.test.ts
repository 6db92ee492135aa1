import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import Docker from "dockerode";
import { pack } from "tar-stream";
import { afterAll, describe, expect, test } from "vitest";

/**
 * The images are made as on a machine without a registry, and run as the platform runs them. They stay on the engine:
 * set-up uses the same ones.
 */
const repository = join(import.meta.dirname, "../..");
const nodeBinary = process.execPath;
const docker = new Docker();
const prefix = `image-test-${process.pid}`;
const containers: Docker.Container[] = [];

afterAll(async () => {
  await Promise.all(containers.map((container) => container.remove({ force: true, v: true })));
});

interface Made {
  readonly name: string;
  readonly kind: string;
  readonly ref: string;
  readonly version: string;
  readonly imageId: string;
  readonly changed: boolean;
}

async function make(...args: string[]): Promise<Made> {
  return await makeWith(process.env, ...args);
}

async function makeWith(env: NodeJS.ProcessEnv, ...args: string[]): Promise<Made> {
  const { stdout } = await promisify(execFile)(
    nodeBinary,
    ["--import", "tsx", "airgap/images/make.ts", ...args],
    { cwd: repository, env, timeout: 170_000 },
  );
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Made;
}

/** Starts a container with one file put into it first, as Pulumi's `uploads` does. */
async function start(
  name: string,
  options: Docker.ContainerCreateOptions,
  file?: { path: string; content: string },
): Promise<Docker.Container> {
  const container = await docker.createContainer({ ...options, name: `${prefix}-${name}` });
  containers.push(container);
  if (file !== undefined) {
    const tar = pack();
    tar.entry({ name: file.path, mode: 0o644 }, file.content);
    tar.finalize();
    await container.putArchive(await buffer(tar), { path: "/" });
  }
  await container.start();
  return container;
}

async function run(
  container: Docker.Container,
  Cmd: string[],
): Promise<{ code: number; text: string }> {
  const exec = await container.exec({ Cmd, AttachStdout: true, AttachStderr: true });
  const stream = await exec.start({});
  const output = await buffer(stream);
  const { ExitCode: code } = await exec.inspect();
  // The engine puts eight bytes before each piece of output; the first says which stream, the last four how long.
  let text = "";
  for (let at = 0; at < output.length;) {
    const length = output.readUInt32BE(at + 4);
    text += output.toString("utf8", at + 8, at + 8 + length);
    at += 8 + length;
  }
  return { code: code ?? -1, text: text.trim() };
}

/** Repeats a health check every 200 ms, for 20 s at most. */
async function untilHealthy(container: Docker.Container, check: string[]): Promise<string> {
  let last = { code: -1, text: "never ran" };
  for (let attempt = 0; attempt < 100; attempt += 1) {
    last = await run(container, check);
    if (last.code === 0) return last.text;
    await delay(200);
  }
  throw new Error(`never healthy: ${last.text}`);
}

/** Making images needs Debian's mmdebstrap, which set-up installs where a registry cannot be reached. */
const canMake = existsSync("/usr/bin/mmdebstrap") && process.getuid?.() === 0;

describe.runIf(canMake)("images made from Debian packages", { timeout: 180_000 }, () => {
  test("node: runs our Node as the user node, and bash can look at a port", async () => {
    const image = await make("--image", "node", "--node-binary", nodeBinary);
    expect(image).toMatchObject({ name: "node", kind: "fallback" });
    expect(`v${image.version}`).toBe(process.version);
    expect(image.ref).toMatch(/^astratrade-airgap\/node:24[.0-9]*-[0-9a-f]{12}$/);
    const server = "require('http').createServer((q, s) => s.end()).listen(8000)";
    const container = await start("node", {
      Image: image.ref,
      User: "node",
      Cmd: ["-e", server],
      HostConfig: { ReadonlyRootfs: true, CapDrop: ["ALL"] },
    });
    await untilHealthy(container, ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8000"]);
    expect(await run(container, ["node", "-v"])).toEqual({ code: 0, text: process.version });
    expect((await run(container, ["id"])).text).toBe(
      "uid=1000(node) gid=1000(node) groups=1000(node)",
    );
    expect(
      (await run(container, ["sh", "-c", "test -s /etc/ssl/certs/ca-certificates.crt"])).code,
    ).toBe(0);
  });

  test("redis: answers PING as user 999 and keeps its data in /data", async () => {
    const image = await make("--image", "redis");
    const container = await start(
      "redis",
      {
        Image: image.ref,
        User: "999:1000",
        Cmd: ["redis-server", "/usr/local/etc/redis/redis.conf"],
      },
      { path: "usr/local/etc/redis/redis.conf", content: "appendonly yes\n" },
    );
    expect(await untilHealthy(container, ["redis-cli", "ping"])).toBe("PONG");
    expect((await run(container, ["redis-cli", "set", "key", "value"])).text).toBe("OK");
    expect(
      (await run(container, ["stat", "-c", "%u:%g %a", "/data", "/data/appendonlydir"])).text,
    ).toBe("999:1000 755\n999:1000 700");
    expect((await run(container, ["redis-server", "--version"])).text).toContain(
      `v=${image.version}`,
    );
  });

  test("redis: started as root, gives way to its own user", async () => {
    const image = await make("--image", "redis");
    const container = await start("redis-root", { Image: image.ref });
    await untilHealthy(container, ["redis-cli", "ping"]);
    expect((await run(container, ["stat", "-c", "%u:%g", "/proc/1"])).text).toBe("999:1000");
  });

  test("prometheus: is ready as nobody, and busybox's wget says so", async () => {
    const image = await make("--image", "prometheus");
    const container = await start(
      "prometheus",
      {
        Image: image.ref,
        User: "65534:65534",
        Cmd: ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"],
      },
      { path: "etc/prometheus/prometheus.yml", content: "global: {scrape_interval: 15s}\n" },
    );
    const ready = ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:9090/-/ready"];
    await untilHealthy(container, ready);
    const { text } = await run(container, ["promtool", "--version"]);
    expect(text).toContain(`version ${image.version}`);
    expect((await run(container, ["stat", "-c", "%u:%g", "/prometheus/wal"])).text).toBe(
      "65534:65534",
    );
  });

  test("an image of the same recipe is used again", async () => {
    const first = await make("--image", "redis");
    expect(await make("--image", "redis")).toEqual({ ...first, changed: false });
    const { Config } = await docker.getImage(first.ref).inspect();
    expect(Config.Labels).toMatchObject({
      "astratrade.image.kind": "fallback",
      "astratrade.image.version": first.version,
    });
    expect(Config.Labels["astratrade.image.packages"]).toContain("redis-server=5:");
  });
});

test("a wrong name is refused with what is allowed", async () => {
  await expect(make("--image", "grafana")).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining(
      '--image is "grafana"; it must be one of node, redis, prometheus, haproxy.',
    ) as unknown,
  });
});

test("an engine that does not answer is a step that failed", async () => {
  const host = "unix:///nowhere.sock";
  await expect(make("--image", "redis", "--engine-host", host)).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^Image redis: asking the engine what it is failed: /) as unknown,
  });
});

test("without mmdebstrap, says so and ends", async () => {
  const nothingThere = { PATH: join(repository, "airgap") };
  await expect(makeWith(nothingThere, "--image", "haproxy", "--rebuild")).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('there is no program "mmdebstrap"') as unknown,
  });
});
