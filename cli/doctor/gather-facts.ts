import { homedir, hostname, networkInterfaces, release } from "node:os";
import { readFileSync } from "node:fs";
import type { BaseImageName } from "../../catalog/images.ts";
import packageJson from "../../package.json" with { type: "json" };
import { baseImagesOf, buildTopology, containersOf } from "../../topology/build-topology.ts";
import { defaultMachineFacts, type MachineFacts } from "../../topology/machine-facts.ts";
import type { StackConfig } from "../../topology/stack-config.ts";
import type { Topology } from "../../topology/topology.ts";
import { repositoryRoot, type Paths } from "../paths.ts";
import type { EngineLook, Facts, HostLook } from "./facts.ts";
import { isEngineHost, sharesPorts } from "./places.ts";
import { probeDisks } from "./probes/disks.ts";
import { probeEngine } from "./probes/engine.ts";
import { probeFiles } from "./probes/files.ts";
import { hasAddress, probePorts } from "./probes/ports.ts";
import { readRoutes } from "./probes/routes.ts";
import { probeState } from "./probes/state.ts";
import { probeToolchain } from "./probes/toolchain.ts";

export interface GatherOptions {
  readonly stack: string;
  readonly config: StackConfig;
  readonly paths: Paths;
  /** What set-up has found; null before its first run. */
  readonly machine: MachineFacts | null;
  /** A recorded release that is about to be deployed; null: what the settings make. */
  readonly record: Topology | null;
  readonly adopt: boolean;
  /** Also what takes longer than a deploy should wait: start the Pulumi CLI, ask registries. */
  readonly thorough: boolean;
  /** Look for another command that works on the stack; not where this one has the lock itself. */
  readonly lock: boolean;
  /** @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Looks at machine, engine, files and state, and changes none of them. Every question has a deadline.
 * @throws ConfigError when the settings make no topology
 */
export async function gatherFacts(options: GatherOptions): Promise<Facts> {
  const { stack, config, paths, machine, adopt, thorough, env = process.env } = options;
  const topology = options.record ?? expectedTopology(options);
  const ownImages = Object.values(config.images).filter((ref) => ref !== undefined);
  const [engine, toolchain] = await Promise.all([
    probeEngine({ env, userHome: homedir(), ownImages, thorough }),
    probeToolchain(paths, { start: thorough }),
  ]);
  const host = await lookAtHost(engine, topology, stack);
  return {
    stack,
    config,
    topology,
    recorded: options.record !== null,
    adopt,
    machine,
    engine,
    host,
    disks: probeDisks([
      ...(engine.answers && host.isEngineHost ? [["engine", engine.info.dataRoot] as const] : []),
      ["home", paths.home],
      ["clone", repositoryRoot],
    ]),
    memory: host.isEngineHost ? availableMemory() : null,
    files: probeFiles(paths, env),
    toolchain,
    state: probeState(paths, stack, { env, lock: options.lock }),
  };
}

/** What `up` is going to run. */
function expectedTopology({ stack, config, machine }: GatherOptions): Topology {
  const defaults = defaultMachineFacts();
  // That an image cannot be had is a finding; the rest is looked at all the same.
  const required = requiredImagesOf(config).filter(
    (name) => machine?.images[name].kind === "unavailable",
  );
  const assumed = Object.fromEntries(required.map((name) => [name, defaults.images[name]]));
  const facts = machine ?? defaults;
  const topology = buildTopology({
    stack,
    release: packageJson.version,
    config,
    facts: { ...facts, images: { ...facts.images, ...assumed } },
  });
  if (machine !== null) return topology;
  // Whether the images of monitoring can be had is found out by set-up: no port of theirs is a reason not to begin.
  const { prometheus, grafana } = config.images;
  return {
    ...topology,
    prometheus: prometheus === undefined ? null : topology.prometheus,
    grafana: grafana === undefined ? null : topology.grafana,
  };
}

/** Those of monitoring are left out of a topology that cannot have them; the others would stop it. */
function requiredImagesOf(config: StackConfig): BaseImageName[] {
  return baseImagesOf(config).filter((name) => name !== "prometheus" && name !== "grafana");
}

async function lookAtHost(
  engine: EngineLook,
  topology: Topology,
  stack: string,
): Promise<HostLook> {
  const routes = readRoutes();
  const machine = { platform: process.platform, hostname: hostname(), kernel: release(), routes };
  // Where no engine answers, the one that `up` starts is on this machine.
  const isHere = engine.answers ? isEngineHost(engine, machine) : engine.upWill !== null;
  const hasPorts = engine.answers ? sharesPorts(engine, machine) : engine.upWill !== null;
  const heldByUs = new Set(
    engine.answers
      ? engine.containers
          .filter((it) => it.running && it.stack === stack)
          .flatMap(({ ports }) => ports.map(({ port }) => port))
      : [],
  );
  const published = containersOf(topology).flatMap(({ ports }) => ports);
  const wanted = published.map(({ external }) => external).filter((port) => !heldByUs.has(port));
  // One setting gives the address of all of them.
  const bindAddress = published[0]?.ip ?? "0.0.0.0";
  const hasBindAddress = hasPorts ? await hasAddress(bindAddress) : null;
  return {
    isEngineHost: isHere,
    sharesPorts: hasPorts,
    hasBindAddress,
    addresses: ipv4Addresses(),
    ports: hasBindAddress === true ? await probePorts(bindAddress, wanted) : [],
    routes: hasPorts && isHere ? routes : null,
  };
}

function ipv4Addresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family }) => family === "IPv4")
    .map(({ address }) => address);
}

/** What the kernel could give to a program now, file caches included; null where it does not say. */
function availableMemory(): Facts["memory"] {
  try {
    const kib = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1];
    return kib === undefined ? null : { availableBytes: Number(kib) * 1024 };
  } catch {
    return null;
  }
}
