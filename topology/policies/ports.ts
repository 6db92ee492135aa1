import {
  blocksOf,
  containerRule,
  containerType,
  isUnknown,
  recipe,
  serviceOf,
  type Policy,
} from "./policy.ts";

/** The parts that clients come in through: the gateway, or what stands before several of them. */
export const entryPoints: readonly unknown[] = ["gateway", "entry"];

/** Who can reach a container from outside the engine's own networks. */
export const portPolicies: readonly Policy[] = [
  {
    id: "published-address",
    types: [containerType],
    check: ({ inputs }, { bindAddress }) =>
      blocksOf(inputs.ports)
        .filter(({ ip }) => ip !== bindAddress && !isUnknown(ip))
        .map(({ ip, internal }) => ({
          property: `ip of port ${String(internal)}`,
          actual: ip,
          allowed: `${bindAddress}, the stack's bindAddress; not set means every address of the host`,
          wayOut: "Set astratrade:bindAddress to the address that ports shall be published on.",
        })),
  },
  {
    id: "published-port",
    types: [containerType],
    check: (resource, { publish }) => {
      const ports = blocksOf(resource.inputs.ports);
      if (publish === "all" || ports.length === 0) return [];
      if (entryPoints.includes(serviceOf(resource))) return [];
      return [
        {
          property: "ports",
          actual: ports.map(({ external, internal }) => external ?? internal),
          allowed: `none: the stack publishes the entry point's port only`,
          wayOut: "Set astratrade:publish to `all`, or take the ports out of its plan.",
        },
      ];
    },
  },
  containerRule({
    id: "publish-all-ports",
    property: "publishAllPorts",
    isAllowed: (value) => value !== true,
    allowed: "false: it publishes on every address of the host",
    wayOut: `Take it out of the container's inputs (${recipe}).`,
  }),
];
