import { defaultMachineFacts, type MachineFacts } from "../../../topology/machine-facts.ts";
import { parseStackConfig } from "../../../topology/stack-config.ts";
import { topologyOf } from "../../../topology/testing.ts";
import { pluginVersions, pulumiCliVersion } from "../../setup/versions.ts";
import type {
  AnsweringEngine,
  ContainerLook,
  EngineInfo,
  Facts,
  FilesLook,
  HostLook,
  NetworkLook,
  StateLook,
} from "../facts.ts";

const gib = 1024 ** 3;

/** An engine that has all there is, and nothing but its default bridge on it. */
export const engineInfo: EngineInfo = {
  version: "28.5.1",
  apiVersion: "1.51",
  os: "linux",
  arch: "amd64",
  hostname: "trader",
  kernel: "6.12.48",
  operatingSystem: "Debian GNU/Linux 13",
  cgroupVersion: 2,
  memoryBytes: 16 * gib,
  cpus: 8,
  memoryLimit: true,
  swapLimit: true,
  cpuQuota: true,
  ipForwarding: true,
  storageDriver: "overlay2",
  containerdStore: false,
  dataRoot: "/var/lib/docker",
  rootless: false,
  liveRestore: true,
  addressPools: [],
  clockSkewMs: 12,
};

export const answeringEngine: AnsweringEngine = {
  answers: true,
  host: "unix:///var/run/docker.sock",
  source: "the default socket",
  info: engineInfo,
  containers: [],
  networks: [network("bridge", "172.17.0.0/16")],
  volumes: [],
  images: [
    { id: "sha256:0a", names: ["node:24-bookworm-slim"] },
    { id: "sha256:0b", names: ["redis:7.2-alpine"] },
    { id: "sha256:0c", names: ["prom/prometheus:v3.5.0"] },
    { id: "sha256:0d", names: ["grafana/grafana:12.1.1"] },
  ],
  pullProblems: {},
  unanswered: [],
};

/** Facts with nothing to find fault with: a dev stack with every port published. `settings` are the stack's. */
export function healthyFacts(settings: Record<string, unknown> = {}, stack = "dev"): Facts {
  const all = { publish: "all", ...settings };
  const topology = topologyOf(all, { stack });
  return {
    stack,
    config: parseStackConfig(all, stack),
    topology,
    recorded: false,
    adopt: false,
    machine: machineFacts(),
    engine: answeringEngine,
    host: {
      isEngineHost: true,
      sharesPorts: true,
      hasBindAddress: true,
      addresses: ["127.0.0.1", "192.0.2.10"],
      ports: [],
      routes: [
        { subnet: "172.17.0.0/16", interface: "docker0" },
        { subnet: "192.0.2.0/24", interface: "eth0" },
      ],
    },
    disks: [
      {
        uses: ["engine", "home", "clone"],
        path: "/var/lib/docker",
        freeBytes: 75 * gib,
        freeFiles: 900_000,
      },
    ],
    memory: { availableBytes: 12 * gib },
    files: {
      home: { path: "/home/kim/.astratrade", mode: 0o700, writable: true },
      passphrase: {
        path: "/home/kim/.astratrade/passphrase",
        mode: 0o600,
        writable: true,
        empty: false,
        overridden: false,
      },
      backend: { path: "/home/kim/.astratrade/state", mode: 0o755, writable: true },
    },
    toolchain: {
      node: "24.21.0",
      programs: [
        { name: "Pulumi CLI", path: "/cache/bin/pulumi", isThere: true },
        { name: "language host", path: "/cache/bin/pulumi-language-nodejs", isThere: true },
      ],
      cli: { version: `v${pulumiCliVersion}` },
    },
    state: {
      stack: { isKnown: true, ids: [], runtimeImage: null, pendingOperations: 0 },
      lock: null,
      pin: null,
      dataVersions: {},
    },
  };
}

export function machineFacts(change: Partial<MachineFacts> = {}): MachineFacts {
  const kind = "official" as const;
  return {
    ...defaultMachineFacts(),
    toolchain: {
      node: { kind, version: "24.21.0", path: "/cache/bin/node" },
      cli: { kind, version: pulumiCliVersion, path: "/cache/bin/pulumi" },
      languageHost: {
        kind: "fallback",
        version: "3.270.0",
        path: "/cache/bin/pulumi-language-nodejs",
      },
      plugins: {
        docker: { kind, version: pluginVersions.docker },
        random: { kind, version: pluginVersions.random },
      },
    },
    ...change,
  };
}

export function withEngine(facts: Facts, change: Partial<AnsweringEngine>): Facts {
  return { ...facts, engine: { ...answeringEngine, ...change } };
}

export function withInfo(facts: Facts, change: Partial<EngineInfo>): Facts {
  return withEngine(facts, { info: { ...engineInfo, ...change } });
}

export function withHost(facts: Facts, change: Partial<HostLook>): Facts {
  return { ...facts, host: { ...facts.host, ...change } };
}

export function withState(facts: Facts, change: Partial<StateLook>): Facts {
  return { ...facts, state: { ...facts.state, ...change } };
}

export function withFiles(facts: Facts, change: Partial<FilesLook>): Facts {
  return { ...facts, files: { ...facts.files, ...change } };
}

/** A running container of nobody's, with a limit of 256 MiB and no port. */
export function container(name: string, change: Partial<ContainerLook> = {}): ContainerLook {
  return {
    id: `${name}-id`,
    name,
    service: null,
    stack: null,
    composeProject: null,
    running: true,
    ports: [],
    volumes: [],
    memoryLimitBytes: 256 * 1024 ** 2,
    memoryUsageBytes: null,
    ...change,
  };
}

export function network(
  name: string,
  subnet: string,
  change: Partial<NetworkLook> = {},
): NetworkLook {
  return {
    id: `${name}-0123456789abcdef`,
    name,
    stack: null,
    composeProject: null,
    subnets: [subnet],
    ...change,
  };
}
