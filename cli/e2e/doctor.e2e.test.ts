import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Finding } from "../doctor/finding.ts";
import { resolvePaths } from "../paths.ts";
import { createSandbox, type Sandbox } from "./sandbox.ts";

/** What a real machine can have, met on purpose. Nothing is deployed. */
let sandbox: Sandbox;
let redisImage: string;
/** Taken away again in the end, last one first. */
const undo: (() => Promise<unknown>)[] = [];

interface Report {
  readonly exitCode: number | undefined;
  readonly findings: readonly Finding[];
  readonly text: string;
}

beforeAll(async () => {
  sandbox = await createSandbox();
  const { exitCode, text } = await sandbox.setup();
  expect(exitCode, text).toBe(0);
  const facts = JSON.parse(readFileSync(join(home(), "machine.json"), "utf8")) as {
    images: { redis: { ref: string } };
  };
  redisImage = facts.images.redis.ref;
});

afterAll(async () => {
  for (const step of undo.reverse()) await step().catch(() => undefined);
  await sandbox.remove();
});

const home = (): string => join(dirname(sandbox.root), "home");

async function doctor(env: Readonly<Record<string, string>> = {}): Promise<Report> {
  const before = { ...process.env };
  Object.assign(process.env, env);
  try {
    const { exitCode, text } = await sandbox.astra("doctor", "--json");
    const { findings } = JSON.parse(text.slice(text.indexOf("{"))) as {
      findings: readonly Finding[];
    };
    return { exitCode, findings, text };
  } finally {
    for (const name of Object.keys(env)) {
      if (before[name] === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = before[name];
    }
  }
}

const refusals = ({ findings }: Report): readonly Finding[] =>
  findings.filter(({ severity }) => severity === "refusal");

const byId = ({ findings }: Report, id: string): Finding | undefined =>
  findings.find((finding) => finding.id === id);

async function listen(port: number): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  undo.push(() => close(server));
  return server;
}

const close = (server: Server): Promise<unknown> => new Promise((resolve) => server.close(resolve));

/** A container that is nobody's; it runs where it publishes a port. */
async function foreignContainer(name: string, publish?: number): Promise<void> {
  const made = await sandbox.docker.createContainer({
    name,
    Image: redisImage,
    Cmd: ["redis-server"],
    HostConfig: {
      Memory: 64 * 1024 * 1024,
      ...(publish !== undefined && {
        PortBindings: { "6379/tcp": [{ HostIp: "127.0.0.1", HostPort: String(publish) }] },
      }),
    },
    ExposedPorts: { "6379/tcp": {} },
  });
  undo.push(() => made.remove({ force: true, v: true }));
  if (publish !== undefined) await made.start();
}

test("a machine that is ready has nothing refused, and doctor changes nothing", async () => {
  const report = await doctor();
  expect(refusals(report)).toEqual([]);
  expect(report.exitCode).toBe(0);
  expect(byId(report, "ports.free")?.message).toMatch(/host ports on 127\.0\.0\.1 free/);
  expect(byId(report, "networks.free")?.message).toMatch(/^networkPool 10\.\S+ is free$/);
  const containers = await sandbox.docker.listContainers({ all: true });
  expect(containers.filter(({ Names }) => Names[0]?.includes(sandbox.prefix))).toEqual([]);
  const { text } = await sandbox.shell("git status --porcelain");
  expect(text.split("\n").filter((line) => line.startsWith("??"))).toEqual([]);
});

test("ports and names that others have, with whoever has them and the key to set", async () => {
  const { stack, prefix, ports } = sandbox;
  const [gateway = 0, trading = 0] = [ports.gateway, ports.trading];
  await listen(gateway);
  await foreignContainer(`${stack}foreign-web`, trading);
  await foreignContainer(`${prefix}redis`);
  const edge = `astratrade-${stack}-edge`;
  const network = await sandbox.docker.createNetwork({
    Name: edge,
    IPAM: { Driver: "default", Config: [{ Subnet: `10.191.${trading % 256}.0/26` }] },
  });
  undo.push(() => network.remove());
  const volume = `astratrade-${stack}-redis-data`;
  await sandbox.docker.createVolume({ Name: volume });
  undo.push(() => sandbox.docker.getVolume(volume).remove());

  const report = await doctor();
  expect(report.exitCode).toBe(1);
  const messages = refusals(report).map(({ id, message }) => `${id}: ${message}`);
  expect(messages.sort()).toEqual(
    [
      `ports.process: Host port ${gateway} of ${prefix}api-gateway is taken by the process node (pid ${process.pid}).`,
      `ports.container: Host port ${trading} of ${prefix}trading-service is taken by the container ${stack}foreign-web.`,
      `names.container: The name ${prefix}redis is taken by a container that is not this stack's.`,
      `names.network: The name ${edge} is taken by a network that is not this stack's.`,
    ].sort(),
  );
  expect(byId(report, "names.volume")?.message).toMatch(`The volume ${volume} was not made by`);
  expect(byId(report, "ports.process")?.remedy).toMatch(
    `Set astratrade:ports.gateway in Pulumi.${stack}.yaml to a free port`,
  );

  // `up` says the same before it touches anything, all of it at once.
  const up = await sandbox.astra("up");
  expect(up.exitCode).toBe(1);
  for (const message of messages) expect(up.text).toContain(message.replace(/^\S+: /, ""));
  expect(up.text).toContain(`warning: The volume ${volume} was not made by this stack`);
  expect(up.text).not.toContain("Docker engine\n");
});

test("limits above the RAM, an address of another machine, a networkPool that is in use", async () => {
  const { stack } = sandbox;
  const name = `${stack}-foreign-net`;
  const network = await sandbox.docker.createNetwork({
    Name: name,
    IPAM: { Driver: "default", Config: [{ Subnet: "10.190.77.0/24" }] },
  });
  undo.push(() => network.remove());
  sandbox.configure({
    limits: { redis: { memoryMb: 9_000_000 }, user: { cpus: 4000 } },
    bindAddress: "203.0.113.77",
    networkPool: "10.190.76.0/22",
  });
  const report = await doctor();
  sandbox.configure({});
  expect(refusals(report).map(({ id }) => id)).toEqual(
    expect.arrayContaining(["memory.sum", "cpu.container", "ports.address", "networks.pool"]),
  );
  expect(byId(report, "memory.sum")?.remedy).toMatch(
    "astratrade:limits.redis.memoryMb (now 9000000)",
  );
  expect(byId(report, "ports.address")?.message).toMatch(
    "Ports are to be bound to 203.0.113.77, which this machine does not have; it has ",
  );
  expect(byId(report, "networks.pool")?.message).toBe(
    `networkPool 10.190.76.0/22 overlaps 10.190.77.0/24, the Docker network ${name}.`,
  );
});

test("an image that cannot be had, a passphrase for all to read, a home for all to enter", async () => {
  const passphrase = join(home(), "passphrase");
  sandbox.configure({ images: { redis: "registry.invalid/redis:7.2" } });
  chmodSync(passphrase, 0o644);
  chmodSync(home(), 0o755);
  const report = await doctor();
  chmodSync(home(), 0o700);
  chmodSync(passphrase, 0o600);
  sandbox.configure({});
  expect(byId(report, "images.cannot-pull")?.message).toMatch(
    /^astratrade:images\.redis is "registry\.invalid\/redis:7\.2": the engine does not have it and cannot pull it \(.+\)\.$/,
  );
  expect(byId(report, "state.passphrase-readable")).toMatchObject({
    severity: "warning",
    message: `Other users may read the passphrase ${passphrase} (mode 644), and with it the secrets of every stack.`,
    remedy: `chmod 600 ${passphrase}`,
  });
  expect(byId(report, "state.home-readable")?.remedy).toBe(`chmod 700 ${home()}`);
});

test("a program that is gone from the cache", async () => {
  const cache = mkdtempSync(join(tmpdir(), "astratrade-cache-"));
  undo.push(async () => {
    await rm(cache, { recursive: true });
  });
  const { toolchainBin } = resolvePaths();
  const copy = join(cache, "toolchain", basename(dirname(toolchainBin)), "bin");
  mkdirSync(copy, { recursive: true });
  for (const file of readdirSync(toolchainBin)) {
    if (file !== "pulumi-language-nodejs") symlinkSync(join(toolchainBin, file), join(copy, file));
  }
  const report = await doctor({ ASTRATRADE_CACHE: cache });
  expect(byId(report, "toolchain.missing")).toMatchObject({
    severity: "warning",
    message: `The language host is gone: ${join(copy, "pulumi-language-nodejs")}.`,
    remedy: `Run \`npm run setup -- --stack ${sandbox.stack}\`; \`npm run up\` begins with it.`,
  });
});

test("an engine that is away has its own exit code, and what needs none is looked at", async () => {
  const host = `unix://${dirname(sandbox.root)}/none.sock`;
  const report = await doctor({ DOCKER_HOST: host });
  expect(report.exitCode).toBe(3);
  expect(refusals(report)).toEqual([
    {
      id: "engine.away",
      severity: "refusal",
      subject: null,
      message: `No Docker engine answers. Tried ${host} (DOCKER_HOST): there is no such socket.`,
      remedy: "Start Docker, or set DOCKER_HOST to an engine that runs.",
    },
  ]);
  expect(byId(report, "toolchain.ready")).toBeDefined();
  expect(byId(report, "state.ready")).toBeDefined();
});

test("settings that are wrong are bad usage", async () => {
  sandbox.configure({ publish: "some" });
  const { exitCode, text } = await sandbox.astra("doctor");
  sandbox.configure({});
  expect(exitCode).toBe(2);
  expect(text).toContain('astratrade:publish is "some": allowed: all, entry');
});
