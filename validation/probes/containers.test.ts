import type Docker from "dockerode";
import { expect, it } from "vitest";
import { factsOf } from "./containers.ts";

/** What the engine answers, as far as it is read; the environment is what must not be kept. */
const inspected = {
  Id: "abc",
  Image: "sha256:1",
  RestartCount: 2,
  State: {
    Status: "running",
    ExitCode: 0,
    OOMKilled: false,
    StartedAt: "2026-01-01T00:00:00Z",
    Health: { Status: "unhealthy", Log: [{ Output: "old" }, { Output: " refused \n" }] },
  },
  Config: {
    User: "999:1000",
    Env: ["REDIS_PASSWORD=hunter2"],
    Cmd: null,
    Labels: { "io.astratrade.stack": "dev", "image.packages": "many" },
  },
  HostConfig: {
    ReadonlyRootfs: true,
    Privileged: false,
    CapDrop: ["ALL"],
    SecurityOpt: null,
    Memory: 512,
    MemorySwap: 512,
    NanoCpus: 5,
    LogConfig: { Type: "json-file", Config: { "max-size": "10m" } },
    RestartPolicy: { Name: "unless-stopped" },
    PortBindings: {
      "9090/tcp": [{ HostIp: "127.0.0.1", HostPort: "19090" }],
      "80/tcp": [
        { HostIp: "", HostPort: "8081" },
        { HostIp: "127.0.0.1", HostPort: "8080" },
      ],
      "53/udp": null,
    },
  },
  Mounts: [
    { Type: "volume", Name: "data", Source: "/var/lib/x", Destination: "/data", RW: true },
    { Type: "bind", Source: "/etc/hosts", Destination: "/h", RW: false },
  ],
  NetworkSettings: { Networks: { a: { IPAddress: "172.20.0.2" }, b: { IPAddress: "" } } },
} as unknown as Docker.ContainerInspectInfo;

it("keeps what the checks need of a container, and no environment", () => {
  const facts = factsOf(inspected, new Date("2026-01-01T00:01:00Z"));
  expect(facts).toEqual({
    exists: true,
    id: "abc",
    imageId: "sha256:1",
    status: "running",
    exitCode: 0,
    health: "unhealthy",
    healthOutput: "refused",
    restartCount: 2,
    oomKilled: false,
    startedAt: "2026-01-01T00:00:00Z",
    observedAt: "2026-01-01T00:01:00.000Z",
    user: "999:1000",
    readOnlyRoot: true,
    privileged: false,
    capabilitiesDropped: ["ALL"],
    securityOptions: [],
    memoryBytes: 512,
    memorySwapBytes: 512,
    nanoCpus: 5,
    logDriver: "json-file",
    logOptions: { "max-size": "10m" },
    restartPolicy: "unless-stopped",
    command: [],
    labels: { "io.astratrade.stack": "dev" },
    mounts: [
      { type: "volume", source: "data", target: "/data", writable: true },
      { type: "bind", source: "/etc/hosts", target: "/h", writable: false },
    ],
    ports: [
      { hostIp: "127.0.0.1", hostPort: 8080, containerPort: 80 },
      { hostIp: "0.0.0.0", hostPort: 8081, containerPort: 80 },
      { hostIp: "127.0.0.1", hostPort: 19090, containerPort: 9090 },
    ],
    networks: { a: "172.20.0.2", b: "" },
  });
  expect(JSON.stringify(facts)).not.toContain("hunter2");
});

it("has `none` for the health of a container without a check", () => {
  const state = { ...inspected.State, Health: undefined };
  const unchecked = { ...inspected, State: state } as Docker.ContainerInspectInfo;
  expect(factsOf(unchecked, new Date(0))).toMatchObject({ health: "none", healthOutput: "" });
});
