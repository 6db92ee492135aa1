import type Docker from "dockerode";
import { labels } from "../../catalog/labels.ts";
import type { ContainerFacts, ContainerState } from "../evidence.ts";
import { probedItems, type Probe } from "./probe.ts";
import { isNotFound } from "./not-found.ts";

/** Inspects every container of the deployment. */
export const probeContainers: Probe<"containers"> = async ({
  deployment,
  engine,
  clock,
  signal,
}) => {
  const names = deployment.containers.map(({ name }) => name);
  return probedItems(
    names,
    async (name, itemSignal): Promise<ContainerState> => {
      try {
        const info = await engine.getContainer(name).inspect({ abortSignal: itemSignal });
        return factsOf(info, clock.now());
      } catch (error) {
        if (isNotFound(error)) return { exists: false };
        throw error;
      }
    },
    { deadlineMs: 10_000, signal },
  );
};

/** Leaves out the environment: passwords are in it. */
export function factsOf(info: Docker.ContainerInspectInfo, observedAt: Date): ContainerFacts {
  const { State: state, HostConfig: host, Config: config } = info;
  const health = state.Health;
  return {
    exists: true,
    id: info.Id,
    imageId: info.Image,
    status: state.Status,
    exitCode: state.ExitCode,
    health: health?.Status ?? "none",
    healthOutput: (health?.Log.at(-1)?.Output ?? "").trim().slice(0, 500),
    restartCount: info.RestartCount,
    oomKilled: state.OOMKilled,
    startedAt: state.StartedAt,
    observedAt: observedAt.toISOString(),
    user: config.User,
    readOnlyRoot: host.ReadonlyRootfs ?? false,
    privileged: host.Privileged ?? false,
    capabilitiesDropped: listOf(host.CapDrop as string[] | undefined).sort(),
    securityOptions: listOf(host.SecurityOpt as string[] | undefined).sort(),
    memoryBytes: host.Memory ?? 0,
    memorySwapBytes: host.MemorySwap ?? 0,
    nanoCpus: host.NanoCpus ?? 0,
    logDriver: host.LogConfig?.Type ?? "",
    logOptions: (host.LogConfig?.Config ?? {}) as Readonly<Record<string, string>>,
    restartPolicy: host.RestartPolicy?.Name ?? "no",
    command: listOf(config.Cmd),
    labels: ownLabels(config.Labels),
    mounts: info.Mounts.map((mount) => ({
      type: mount.Type,
      source: mount.Name ?? mount.Source,
      target: mount.Destination,
      writable: mount.RW,
    })),
    ports: publishedPorts(info),
    networks: Object.fromEntries(
      Object.entries(info.NetworkSettings.Networks).map(([name, { IPAddress: address }]) => [
        name,
        address,
      ]),
    ),
  };
}

/** Images bring labels of their own, which say nothing about the stack. */
function ownLabels(all: Readonly<Record<string, string>>): Record<string, string> {
  const own: readonly string[] = Object.values(labels);
  return Object.fromEntries(Object.entries(all).filter(([name]) => own.includes(name)));
}

/** The engine writes an empty list as null. */
function listOf(list: readonly string[] | null | undefined): string[] {
  return [...(list ?? [])];
}

/** What was asked for, so that a stopped container's ports show too. Sorted by container port. */
function publishedPorts(info: Docker.ContainerInspectInfo): ContainerFacts["ports"] {
  const bindings = (info.HostConfig.PortBindings ?? {}) as Record<
    string,
    { HostIp?: string; HostPort?: string }[] | null
  >;
  return Object.entries(bindings)
    .flatMap(([containerPort, hostPorts]) =>
      (hostPorts ?? []).map(({ HostIp: hostIp, HostPort: hostPort }) => ({
        // Engines write "all addresses" either way.
        hostIp: hostIp === undefined || hostIp === "" ? "0.0.0.0" : hostIp,
        hostPort: Number(hostPort ?? 0),
        containerPort: Number.parseInt(containerPort, 10),
      })),
    )
    .sort((a, b) => a.containerPort - b.containerPort || a.hostPort - b.hostPort);
}
