import type { MachineFacts } from "../../topology/machine-facts.ts";
import type { StackConfig } from "../../topology/stack-config.ts";
import type { Topology } from "../../topology/topology.ts";
import type { DataVersions } from "../setup/data-versions.ts";

/** All that the probes have seen. The groups of findings are pure functions of it. */
export interface Facts {
  readonly stack: string;
  readonly config: StackConfig;
  /** What is about to run. Before the first set-up it lacks Prometheus and Grafana: nobody knows yet whether they can be had. */
  readonly topology: Topology;
  /** The topology is a recorded release's, which brings its images along: the machine's own have no say. */
  readonly recorded: boolean;
  /** Containers that no state knows are to be taken over. */
  readonly adopt: boolean;
  /** What set-up has found; null before its first run. */
  readonly machine: MachineFacts | null;
  readonly engine: EngineLook;
  readonly host: HostLook;
  readonly disks: readonly DiskLook[];
  readonly memory: { readonly availableBytes: number } | null;
  readonly files: FilesLook;
  readonly toolchain: ToolchainLook;
  readonly state: StateLook;
}

export type EngineLook = AnsweringEngine | AbsentEngine;

export interface AbsentEngine {
  readonly answers: false;
  readonly attempts: readonly {
    readonly host: string;
    readonly source: string;
    readonly reason: string;
  }[];
  /** What `up` can do about it here; null: nothing. */
  readonly upWill: "start" | "install" | null;
}

export interface AnsweringEngine {
  readonly answers: true;
  /** As in DOCKER_HOST. */
  readonly host: string;
  /** Where the address comes from, in words. */
  readonly source: string;
  readonly info: EngineInfo;
  readonly containers: readonly ContainerLook[];
  readonly networks: readonly NetworkLook[];
  readonly volumes: readonly VolumeLook[];
  readonly images: readonly ImageLook[];
  /** Images that the stack names and the engine lacks: why the engine cannot have them; null where it can, or was not asked. */
  readonly pullProblems: Readonly<Record<string, string | null>>;
  /** Questions that got no answer in time. */
  readonly unanswered: readonly { readonly what: string; readonly reason: string }[];
}

export interface EngineInfo {
  readonly version: string;
  readonly apiVersion: string;
  readonly os: string;
  readonly arch: string;
  readonly hostname: string;
  readonly kernel: string;
  readonly operatingSystem: string;
  readonly cgroupVersion: 1 | 2;
  readonly memoryBytes: number;
  readonly cpus: number;
  /** Whether the kernel can limit each. */
  readonly memoryLimit: boolean;
  readonly swapLimit: boolean;
  readonly cpuQuota: boolean;
  readonly ipForwarding: boolean;
  readonly storageDriver: string;
  /** Images lie in containerd's store, not in the engine's own. */
  readonly containerdStore: boolean;
  readonly dataRoot: string;
  readonly rootless: boolean;
  readonly liveRestore: boolean;
  /** Ranges that networks without a subnet are cut from; empty: the engine's built-in ones. */
  readonly addressPools: readonly { readonly base: string; readonly size: number }[];
  /** The engine's clock less ours, in milliseconds; positive: it is ahead. */
  readonly clockSkewMs: number;
}

/** Whose something on the engine is, by its labels. */
export interface Owner {
  /** Stack of this project. */
  readonly stack: string | null;
  readonly composeProject: string | null;
}

export interface ContainerLook extends Owner {
  readonly id: string;
  readonly name: string;
  /** Part or service of ours that it is, by its label; null: none. */
  readonly service: string | null;
  readonly running: boolean;
  readonly ports: readonly { readonly ip: string; readonly port: number }[];
  readonly volumes: readonly { readonly name: string; readonly writable: boolean }[];
  /** In bytes; null: none. Known of running containers. */
  readonly memoryLimitBytes: number | null;
  /** What it uses now; null where it was not asked. */
  readonly memoryUsageBytes: number | null;
}

export interface NetworkLook extends Owner {
  readonly id: string;
  readonly name: string;
  /** IPv4 ranges, such as 172.18.0.0/16. */
  readonly subnets: readonly string[];
}

export interface VolumeLook extends Owner {
  readonly name: string;
}

export interface ImageLook {
  readonly id: string;
  readonly names: readonly string[];
}

export interface HostLook {
  /** Whether the engine runs on this machine, and so on its disks and in its memory. */
  readonly isEngineHost: boolean;
  /** Whether ports that the engine publishes are this machine's. */
  readonly sharesPorts: boolean;
  /** Whether this machine has the address that ports are bound to; null where it is not the one that counts. */
  readonly hasBindAddress: boolean | null;
  /** Addresses that it has. */
  readonly addresses: readonly string[];
  /** One for each published port; empty where they are not this machine's. */
  readonly ports: readonly PortLook[];
  /** IPv4 routes without the default one; null where they cannot be read or are not the engine's. */
  readonly routes: readonly { readonly subnet: string; readonly interface: string }[] | null;
}

export interface PortLook {
  readonly port: number;
  /** What an attempt to listen came to; `not-allowed`: only root may, which says nothing about the engine. */
  readonly bind: "free" | "taken" | "not-allowed" | "failed";
  /** Who listens, where that can be seen. */
  readonly process: { readonly name: string; readonly pid: number } | null;
  /** A port that is free and easy to remember; null where none was found or asked for. */
  readonly free: number | null;
}

export type DiskUse = "engine" | "home" | "clone";

/** One file system, and what of ours lies on it. */
export interface DiskLook {
  readonly uses: readonly DiskUse[];
  /** A folder on it. */
  readonly path: string;
  readonly freeBytes: number;
  /** Files that can still be made; null where the file system does not count them. */
  readonly freeFiles: number | null;
}

export interface FileLook {
  readonly path: string;
  /** Null: there is no such file. */
  readonly mode: number | null;
  /** For what is not there: whether it can be made. */
  readonly writable: boolean;
}

export interface FilesLook {
  readonly home: FileLook;
  readonly passphrase: FileLook & {
    readonly empty: boolean;
    /** PULUMI_CONFIG_PASSPHRASE is set and goes before the file. */
    readonly overridden: boolean;
  };
  /** Pulumi's backend: a folder here, or one elsewhere by its address. */
  readonly backend: FileLook | { readonly url: string };
}

export interface ToolchainLook {
  /** Version of the Node that runs this. */
  readonly node: string;
  /** Programs that every Pulumi command starts. */
  readonly programs: readonly {
    readonly name: string;
    readonly path: string;
    readonly isThere: boolean;
  }[];
  /** What the Pulumi CLI says its version is, or why it does not run; null where it was not started. */
  readonly cli: { readonly version: string } | { readonly problem: string } | null;
}

export interface StateLook {
  /** What Pulumi's state knows of the stack; null where it is not a local folder, or cannot be read. */
  readonly stack: {
    readonly isKnown: boolean;
    /** Ids of containers and networks on the engine. */
    readonly ids: readonly string[];
    /** Image that gateway and services were deployed with. */
    readonly runtimeImage: string | null;
    readonly pendingOperations: number;
  } | null;
  /** A command that works on the stack now or did not end well; null: none. */
  readonly lock: { readonly description: string; readonly isLive: boolean } | null;
  /** Number of the release that the stack is pinned to; null: none. */
  readonly pin: number | { readonly problem: string } | null;
  readonly dataVersions: DataVersions | { readonly problem: string };
}
