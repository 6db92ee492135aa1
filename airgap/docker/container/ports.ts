import { UNKNOWN } from "../../plugin/values.ts";
import type { Properties, Value } from "../../plugin/values.ts";
import { isSame } from "../schema/canon.ts";
import { asNumber, asText } from "../schema/read-values.ts";
import { INT, STRING, listOf, required, withDefault } from "../schema/shape.ts";
import type { PortBinding } from "./host-config.ts";
import type { LiveContainer } from "./spec.ts";

/** The ports that a container publishes. Without `external` the engine chooses the host's port. */
export const PORTS = listOf({
  internal: required(INT),
  external: { shape: INT, computed: true },
  ip: withDefault(STRING, "0.0.0.0"),
  protocol: withDefault(STRING, "tcp"),
});

/** The engine's name of a port, such as `80/tcp`. */
export function portKey(port: Properties): string {
  return `${asNumber(port["internal"])}/${asText(port["protocol"])}`;
}

export function toBindings(ports: readonly Properties[]): Record<string, PortBinding[]> {
  const bindings: Record<string, PortBinding[]> = {};
  for (const port of ports) {
    const external = port["external"];
    const isChosen = typeof external === "number" && external !== 0;
    const binding = { HostIp: asText(port["ip"]), HostPort: isChosen ? String(external) : "" };
    (bindings[portKey(port)] ??= []).push(binding);
  }
  return bindings;
}

/**
 * The published ports: those that were asked for, with the host's port filled in where the engine
 * has chosen it. A stopped container has no ports of its own any more; then the known ones stand.
 * The order is the program's, since another order would be a difference.
 */
export function readPorts(live: LiveContainer, known: readonly Properties[]): Value {
  const found = Object.entries(live.HostConfig.PortBindings ?? {}).flatMap(([key, bindings]) => {
    const [internal, protocol = "tcp"] = key.split("/");
    return bindings.map((binding): Properties => {
      const ip = binding.HostIp === "" ? "0.0.0.0" : binding.HostIp;
      const external = Number(binding.HostPort) || chosenPort(live, key, ip);
      return { internal: Number(internal), external: external ?? null, ip, protocol };
    });
  });
  const isTwin = (a: Properties, b: Properties) =>
    ["internal", "ip", "protocol"].every((name) => a[name] === b[name]);
  const kept = known.flatMap((port): Properties[] => {
    const twin = found.find((one) => isTwin(one, port));
    if (twin === undefined) return [];
    const external = twin["external"] ?? port["external"] ?? null;
    return [{ ...twin, external: external === UNKNOWN ? null : external }];
  });
  const others = found.filter((one) => !known.some((port) => isTwin(one, port)));
  const ports = [...kept, ...others];
  return isSame(PORTS, ports, known) ? known : ports;
}

function chosenPort(live: LiveContainer, key: string, ip: string): number | undefined {
  const bindings = live.NetworkSettings.Ports?.[key] ?? [];
  const binding = bindings.find(({ HostIp }) => HostIp === ip) ?? bindings[0];
  return binding === undefined ? undefined : Number(binding.HostPort);
}
