import { property, setText, type Facet, type Subject } from "../subject.ts";
import type { Facts } from "../drift-item.ts";
import { shortId } from "../../words.ts";

/** Whom the container can reach, and who can reach it. */
export const networkingFacets: readonly Facet[] = [
  { expected: wantedNetworks, actual: liveNetworks },
  { expected: wantedPorts, actual: livePorts },
  property(
    "publishAllPorts",
    ({ inputs }) => String(inputs.publishAllPorts ?? false),
    ({ HostConfig }) => String(HostConfig.PublishAllPorts),
  ),
  property(
    "dns",
    ({ inputs }) => setText(inputs.dns ?? []),
    ({ HostConfig }) => setText(HostConfig.Dns),
  ),
  property(
    "dnsOptions",
    ({ inputs }) => setText(inputs.dnsOpts ?? []),
    ({ HostConfig }) => setText(HostConfig.DnsOptions),
  ),
  property(
    "dnsSearch",
    ({ inputs }) => setText(inputs.dnsSearches ?? []),
    ({ HostConfig }) => setText(HostConfig.DnsSearch),
  ),
  property(
    "hosts",
    ({ inputs }) => setText(inputs.hosts.map(({ host, ip }) => `${host}:${ip}`)),
    ({ HostConfig }) => setText(HostConfig.ExtraHosts),
  ),
  property(
    "links",
    () => "none",
    ({ HostConfig }) => setText(HostConfig.Links),
  ),
];

function wantedNetworks({ deployed }: Subject): Facts {
  const { networksAdvanced, networkMode } = deployed.inputs;
  if (networksAdvanced.length === 0) {
    return { [key(networkMode || "bridge")]: endpointText([], "") };
  }
  return Object.fromEntries(
    networksAdvanced.map(({ name, aliases, ipv4Address, ipv6Address }) => [
      key(name),
      endpointText(aliases ?? [], ipv4Address || ipv6Address || ""),
    ]),
  );
}

function liveNetworks({ live, networkIds }: Subject): Facts {
  return Object.fromEntries(
    Object.entries(live.NetworkSettings.Networks).map(([name, endpoint]) => {
      const { Aliases, NetworkID, IPAMConfig } = endpoint;
      const aliases = Aliases.filter((alias) => alias !== shortId(live.Id));
      const id = networkIds.get(name);
      // The network was made anew beside the container, which would not start again in it.
      const isEarlier = id !== undefined && NetworkID !== "" && NetworkID !== id;
      const address = IPAMConfig?.IPv4Address || IPAMConfig?.IPv6Address || "";
      return [key(name), endpointText(aliases, address) + (isEarlier ? ", an earlier one" : "")];
    }),
  );
}

function key(network: string): string {
  return `network ${network}`;
}

function endpointText(aliases: readonly string[], address: string): string {
  const connected = address === "" ? "connected" : `connected at ${address}`;
  return aliases.length === 0 ? connected : `${connected} as ${setText(aliases)}`;
}

function wantedPorts({ deployed }: Subject): Facts {
  const bindings = deployed.inputs.ports.map(
    ({ internal, external, ip, protocol }) =>
      [`${internal}/${protocol || "tcp"}`, bindingText(ip ?? "", external ?? 0)] as const,
  );
  return grouped(bindings);
}

function livePorts({ live }: Subject): Facts {
  const bindings = Object.entries(live.HostConfig.PortBindings).flatMap(([port, hostPorts]) =>
    hostPorts.map(({ HostIp, HostPort }) => [port, bindingText(HostIp, Number(HostPort))] as const),
  );
  return grouped(bindings);
}

function bindingText(ip: string, port: number): string {
  const address = ip === "" ? "0.0.0.0" : ip;
  return `${address}:${port === 0 ? "any" : port}`;
}

function grouped(bindings: readonly (readonly [port: string, binding: string])[]): Facts {
  const ports = Map.groupBy(bindings, ([port]) => port);
  return Object.fromEntries(
    [...ports].map(([port, list]) => [`port ${port}`, setText(list.map(([, text]) => text))]),
  );
}
