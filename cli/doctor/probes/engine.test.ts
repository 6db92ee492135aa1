import { createServer, type Server } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { probeEngine } from "./engine.ts";

const redis = {
  Id: "c1",
  Names: ["/redis"],
  State: "running",
  Labels: {
    "io.astratrade.project": "astratrade",
    "io.astratrade.stack": "dev",
    "io.astratrade.service": "redis",
  },
  Ports: [
    { IP: "127.0.0.1", PrivatePort: 6379, PublicPort: 6379, Type: "tcp" },
    { PrivatePort: 6380, Type: "tcp" },
    { IP: "0.0.0.0", PrivatePort: 53, PublicPort: 53, Type: "udp" },
  ],
  Mounts: [
    { Type: "volume", Name: "astratrade-dev-redis-data", RW: true },
    { Type: "bind", Source: "/etc", RW: false },
  ],
};
const shop = {
  Id: "c2",
  Names: ["/shop-web"],
  State: "paused",
  Labels: { "com.docker.compose.project": "shop", "io.astratrade.stack": "dev" },
};

/** What a fake engine answers, by path without version and query. A number is a status. */
const healthy: Readonly<Record<string, unknown>> = {
  "/version": { Version: "28.5.1", ApiVersion: "1.51", Os: "linux", Arch: "arm64" },
  "/info": {
    Name: "trader",
    KernelVersion: "6.12.48",
    OperatingSystem: "Debian GNU/Linux 13",
    CgroupVersion: "2",
    MemTotal: 8_000_000_000,
    NCPU: 6,
    SwapLimit: false,
    Driver: "overlayfs",
    DriverStatus: [["driver-type", "io.containerd.snapshotter.v1"]],
    SecurityOptions: ["name=seccomp,profile=builtin", "name=rootless"],
    DefaultAddressPools: [{ Base: "10.200.0.0/16", Size: 24 }],
    SystemTime: "2001-01-01T00:00:00.123456789Z",
  },
  "/containers/json": [redis, shop],
  "/containers/c1/json": { HostConfig: { Memory: 536_870_912 } },
  "/containers/c2/json": { HostConfig: { Memory: 0 } },
  "/containers/c2/stats": { memory_stats: { usage: 900, stats: { inactive_file: 300 } } },
  "/networks": [
    {
      Id: "n1",
      Name: "bridge",
      IPAM: { Config: [{ Subnet: "172.17.0.0/16" }, { Subnet: "fd00::/64" }] },
    },
    { Id: "n2", Name: "host", IPAM: { Config: null } },
  ],
  "/volumes": { Volumes: [{ Name: "v", Labels: null }] },
  "/images/json": [{ Id: "sha256:01", RepoTags: ["redis:7.2-alpine"], RepoDigests: null }],
};

let answers: Record<string, unknown>;
let server: Server;
let userHome: string;
let host: string;
beforeEach(async () => {
  answers = { ...healthy };
  userHome = mkdtempSync(join(tmpdir(), "at-"));
  server = createServer((request, response) => {
    const path = (request.url ?? "").replace(/\?.*/, "");
    const answer = answers[path] ?? 404;
    response.setHeader("content-type", "application/json");
    if (typeof answer === "number") response.statusCode = answer;
    response.end(
      JSON.stringify(typeof answer === "number" ? { message: "no such thing" } : answer),
    );
  });
  const socket = join(userHome, "docker.sock");
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  host = `unix://${socket}`;
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(userHome, { recursive: true });
});

const probe = (thorough = true, ownImages: readonly string[] = []) =>
  probeEngine({ env: { DOCKER_HOST: host }, userHome, ownImages, thorough });

test("everything that findings are made from", async () => {
  const look = await probe();
  expect(look).toMatchObject({
    answers: true,
    host,
    source: "DOCKER_HOST",
    info: {
      version: "28.5.1",
      apiVersion: "1.51",
      arch: "arm64",
      cgroupVersion: 2,
      swapLimit: false,
      memoryLimit: true,
      containerdStore: true,
      rootless: true,
      addressPools: [{ base: "10.200.0.0/16", size: 24 }],
    },
    containers: [
      {
        name: "redis",
        service: "redis",
        stack: "dev",
        running: true,
        ports: [{ ip: "127.0.0.1", port: 6379 }],
        volumes: [{ name: "astratrade-dev-redis-data", writable: true }],
        memoryLimitBytes: 536_870_912,
      },
      {
        name: "shop-web",
        service: null,
        // A stack label alone is no proof: it goes with the project's.
        stack: null,
        composeProject: "shop",
        running: true,
        memoryLimitBytes: null,
        memoryUsageBytes: 600,
      },
    ],
    networks: [
      { name: "bridge", subnets: ["172.17.0.0/16"] },
      { name: "host", subnets: [] },
    ],
    volumes: [{ name: "v", stack: null }],
    images: [{ id: "sha256:01", names: ["redis:7.2-alpine"] }],
    unanswered: [],
  });
  const skew = look.answers ? look.info.clockSkewMs : 0;
  expect(Math.abs(skew - (Date.parse("2001-01-01T00:00:00.123Z") - Date.now()))).toBeLessThan(5000);
});

test("a question that is not answered costs no other answer", async () => {
  answers["/networks"] = 500;
  const look = await probe();
  expect(look).toMatchObject({ networks: [], unanswered: [{ what: "networks" }] });
  expect(look.answers && look.containers.length).toBe(2);
});

test("an image of the stack's own: there, to be had, not to be had, not asked for", async () => {
  answers["/distribution/mirror.lan/redis:8/json"] = { Descriptor: {} };
  const refs = ["redis:7.2-alpine", "mirror.lan/redis:8", "mirror.lan/redis:9"];
  expect(await probe(true, refs)).toMatchObject({
    pullProblems: { "mirror.lan/redis:8": null, "mirror.lan/redis:9": "no such thing" },
  });
  expect(await probe(false, refs)).toMatchObject({ pullProblems: {} });
});

test("an engine that was named and is away is replaced by no other", async () => {
  const look = await probeEngine({
    env: { DOCKER_HOST: `unix://${userHome}/none.sock` },
    userHome,
    ownImages: [],
    thorough: true,
  });
  expect(look).toEqual({
    answers: false,
    attempts: [
      {
        host: `unix://${userHome}/none.sock`,
        source: "DOCKER_HOST",
        reason: "there is no such socket",
      },
    ],
    upWill: null,
  });
});
