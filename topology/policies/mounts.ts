import {
  blocksOf,
  containerType,
  isRecord,
  recipe,
  volumeType,
  type Finding,
  type Policy,
} from "./policy.ts";

/**
 * That nothing of the host is seen in a container. Whoever can write to the engine's socket owns the machine, and a host
 * path is another one on an engine that is not this machine.
 */
export const mountPolicies: readonly Policy[] = [
  {
    id: "host-paths",
    types: [containerType],
    check: ({ inputs }) => [
      ...blocksOf(inputs.volumes)
        // The engine takes a volume's name for a path of the host where it begins with a slash.
        .map(({ hostPath, volumeName }) => hostPath ?? pathOf(volumeName))
        .filter((path) => path !== undefined)
        .map((path) => hostPathFinding("volumes", path)),
      ...blocksOf(inputs.mounts)
        .filter(({ type }) => type !== "volume" && type !== "tmpfs")
        .map(({ source, type }) => hostPathFinding("mounts", source ?? type)),
    ],
  },
  {
    id: "volume-on-host-path",
    types: [volumeType],
    check: ({ inputs }) => {
      const options = isRecord(inputs.driverOpts) ? inputs.driverOpts : {};
      return /\bbind\b/.test(String(options.o))
        ? [hostPathFinding("driverOpts", options.device)]
        : [];
    },
  },
  {
    id: "host-devices",
    types: [containerType],
    check: ({ inputs }) =>
      blocksOf(inputs.devices).map(({ hostPath }) => ({
        property: "devices",
        actual: hostPath,
        allowed: "none",
        wayOut: `Take it out of the container's inputs (${recipe}).`,
      })),
  },
];

function hostPathFinding(property: string, path: unknown): Finding {
  return {
    property,
    actual: path,
    allowed: "named volumes and tmpfs: no path of the host, and least of all the engine's socket",
    wayOut: "Put the data in a named volume (components/volumes.ts), a file in by `uploads`.",
  };
}

function pathOf(volumeName: unknown): string | undefined {
  return typeof volumeName === "string" && /^[/~.]/.test(volumeName) ? volumeName : undefined;
}
