import type Docker from "dockerode";
import type { z } from "zod";
import { labels, projectName } from "../../../catalog/labels.ts";
import { connectEngine } from "../../engine/engine-client.ts";
import { findEngine } from "../../engine/engine-facts.ts";
import { wayToEngine } from "../../engine/ensure-engine.ts";
import { hostSystem } from "../../engine/host-system.ts";
import { withinDeadline } from "../../engine/within-deadline.ts";
import type {
  AbsentEngine,
  AnsweringEngine,
  ContainerLook,
  EngineInfo,
  EngineLook,
  ImageLook,
  NetworkLook,
  Owner,
  VolumeLook,
} from "../facts.ts";
import { hasImage } from "../image-names.ts";
import {
  containersAnswer,
  imagesAnswer,
  infoAnswer,
  inspectAnswer,
  networksAnswer,
  statsAnswer,
  versionAnswer,
  volumesAnswer,
} from "./engine-answers.ts";

/** An engine on this machine answers in milliseconds; one behind ssh needs its handshake. */
const answerWithinMs = 5000;
/** What containers use is a detail that nobody waits for. */
const usageWithinMs = 1000;
const pullWithinMs = 5000;
/** Containers that are asked one by one at the same time: every question may be an ssh connection. */
const atOnce = 8;

export interface EngineProbeOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly userHome: string;
  /** Images that the stack names itself. */
  readonly ownImages: readonly string[];
  /** Ask what containers without a limit use, and registries for images that are not there. */
  readonly thorough: boolean;
}

/** Finds the engine that set-up would take, and asks it for everything that findings are made from. */
export async function probeEngine(options: EngineProbeOptions): Promise<EngineLook> {
  const search = await findEngine(options);
  if (!search.found) return absent(search.attempts, options);
  const client = connectEngine(search.facts);
  // A question that is given up must not keep this process alive.
  (client.modem as { timeout?: number }).timeout = answerWithinMs;
  const unanswered: { what: string; reason: string }[] = [];
  const ask = async <Schema extends z.ZodType, Otherwise>(
    what: string,
    schema: Schema,
    question: () => Promise<unknown>,
    otherwise: Otherwise,
  ): Promise<z.output<Schema> | Otherwise> => {
    try {
      return schema.parse(await withinDeadline(question(), answerWithinMs));
    } catch (error) {
      unanswered.push({ what, reason: (error as Error).message });
      return otherwise;
    }
  };
  const [info, containers, networks, volumes, images] = await Promise.all([
    engineInfo(client).catch((error: unknown) => error as Error),
    ask("containers", containersAnswer, () => client.listContainers({ all: true }), []),
    ask("networks", networksAnswer, () => client.listNetworks(), []),
    ask("volumes", volumesAnswer, () => client.listVolumes(), { Volumes: [] }),
    ask("images", imagesAnswer, () => client.listImages(), []),
  ]);
  if (info instanceof Error) {
    const { host } = search.facts;
    return absent([{ address: { host, source: search.source }, reason: info.message }], options);
  }
  const looks = images.map(toImage);
  const [withLimits, pullProblems] = await Promise.all([
    inBatches(containers.map(toContainer), (it) => withMemory(client, it, options)),
    options.thorough ? findPullProblems(client, options.ownImages, looks) : {},
  ]);
  return {
    answers: true,
    host: search.facts.host,
    source: search.source,
    info,
    containers: withLimits,
    networks: networks.map(toNetwork),
    volumes: (volumes.Volumes ?? []).map(toVolume),
    images: looks,
    pullProblems,
    unanswered,
  } satisfies AnsweringEngine;
}

function absent(
  attempts: readonly { address: { host: string; source: string }; reason: string }[],
  { env }: EngineProbeOptions,
): AbsentEngine {
  return {
    answers: false,
    attempts: attempts.map(({ address: { host, source }, reason }) => ({ host, source, reason })),
    upWill: wayToEngine(attempts, hostSystem(env)),
  };
}

async function engineInfo(client: Docker): Promise<EngineInfo> {
  const askedAt = Date.now();
  const answers: Promise<unknown[]> = Promise.all([client.version(), client.info()]);
  const [versionParts, infoParts] = await withinDeadline(answers, answerWithinMs);
  const version = versionAnswer.parse(versionParts);
  const info = infoAnswer.parse(infoParts);
  // The engine looked at its clock somewhere between question and answer.
  const middle = (askedAt + Date.now()) / 2;
  return {
    version: version.Version,
    apiVersion: version.ApiVersion,
    os: version.Os,
    arch: version.Arch,
    hostname: info.Name,
    kernel: info.KernelVersion,
    operatingSystem: info.OperatingSystem,
    cgroupVersion: info.CgroupVersion === "2" ? 2 : 1,
    memoryBytes: info.MemTotal,
    cpus: info.NCPU,
    memoryLimit: info.MemoryLimit,
    swapLimit: info.SwapLimit,
    cpuQuota: info.CpuCfsQuota,
    ipForwarding: info.IPv4Forwarding,
    storageDriver: info.Driver,
    containerdStore: (info.DriverStatus ?? []).some(
      ([key, value]) => key === "driver-type" && value?.startsWith("io.containerd.snapshotter"),
    ),
    dataRoot: info.DockerRootDir,
    rootless: (info.SecurityOptions ?? []).some((option) => option.startsWith("name=rootless")),
    liveRestore: info.LiveRestoreEnabled,
    addressPools: (info.DefaultAddressPools ?? []).map(({ Base, Size }) => ({
      base: Base,
      size: Size,
    })),
    clockSkewMs:
      info.SystemTime === undefined ? 0 : Math.round(Date.parse(info.SystemTime) - middle),
  };
}

function toContainer(it: z.output<typeof containersAnswer>[number]): ContainerLook {
  return {
    ...owner(it.Labels),
    id: it.Id,
    name: (it.Names?.[0] ?? it.Id.slice(0, 12)).replace(/^\//, ""),
    service: it.Labels?.[labels.service] ?? null,
    // A paused or restarting one holds its ports and memory too.
    running: ["running", "paused", "restarting"].includes(it.State),
    ports: (it.Ports ?? []).flatMap(({ IP, PublicPort, Type }) =>
      PublicPort === undefined || Type !== "tcp" ? [] : [{ ip: IP, port: PublicPort }],
    ),
    volumes: (it.Mounts ?? [])
      .filter(({ Type }) => Type === "volume")
      .map(({ Name, RW }) => ({ name: Name, writable: RW })),
    memoryLimitBytes: null,
    memoryUsageBytes: null,
  };
}

/** A container that is gone meanwhile stays without a limit; nobody counts it wrong by that for long. */
async function withMemory(
  client: Docker,
  container: ContainerLook,
  { thorough }: EngineProbeOptions,
): Promise<ContainerLook> {
  if (!container.running) return container;
  try {
    const handle = client.getContainer(container.id);
    const { HostConfig } = inspectAnswer.parse(
      await withinDeadline(handle.inspect(), answerWithinMs),
    );
    if (HostConfig.Memory > 0) return { ...container, memoryLimitBytes: HostConfig.Memory };
    if (!thorough) return container;
    const options = { stream: false, "one-shot": true } as const;
    const stats = await withinDeadline(handle.stats(options) as Promise<unknown>, usageWithinMs);
    const { usage, stats: parts } = statsAnswer.parse(stats).memory_stats;
    // As `docker stats` shows it: without what the kernel keeps of files and gives back when asked.
    const cache = parts.inactive_file ?? parts.total_inactive_file ?? 0;
    return { ...container, memoryUsageBytes: usage - cache };
  } catch {
    return container;
  }
}

async function findPullProblems(
  client: Docker,
  refs: readonly string[],
  there: readonly ImageLook[],
): Promise<Record<string, string | null>> {
  const missing = refs.filter((ref) => !hasImage(there, ref));
  const entries = missing.map(async (ref) => {
    try {
      await withinDeadline(client.getImage(ref).distribution(), pullWithinMs);
      return [ref, null] as const;
    } catch (error) {
      // dockerode puts "(HTTP code 500) server error - " before the engine's own words.
      const words = (error as Error).message.replace(/^\(HTTP code \d+\) [\w ]+ - /, "").trim();
      return [ref, words] as const;
    }
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function inBatches<T>(items: readonly T[], work: (item: T) => Promise<T>): Promise<T[]> {
  const done: T[] = [];
  for (let at = 0; at < items.length; at += atOnce) {
    done.push(...(await Promise.all(items.slice(at, at + atOnce).map(work))));
  }
  return done;
}

function toNetwork(it: z.output<typeof networksAnswer>[number]): NetworkLook {
  const subnets = (it.IPAM?.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []);
  return {
    ...owner(it.Labels),
    id: it.Id,
    name: it.Name,
    subnets: subnets.filter((subnet) => !subnet.includes(":")),
  };
}

function toVolume(it: {
  Name: string;
  Labels?: Record<string, string> | null | undefined;
}): VolumeLook {
  return { ...owner(it.Labels), name: it.Name };
}

function toImage(it: z.output<typeof imagesAnswer>[number]): ImageLook {
  return { id: it.Id, names: [...(it.RepoTags ?? []), ...(it.RepoDigests ?? [])] };
}

function owner(of: Readonly<Record<string, string>> | null | undefined): Owner {
  const isOurs = of?.[labels.project] === projectName;
  return {
    stack: isOurs ? (of[labels.stack] ?? null) : null,
    composeProject: of?.["com.docker.compose.project"] ?? null,
  };
}
