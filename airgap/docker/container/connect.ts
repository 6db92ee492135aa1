import type { Properties, Value } from "../../plugin/values.ts";
import { describeFailure, messageOf } from "../engine-error.ts";
import type { Engine } from "../engine.ts";
import { asBlocks, asNumber, asText, asTexts } from "../schema/read-values.ts";
import { DEFAULT_NETWORK } from "./networking.ts";

/**
 * Puts a container that has not started on the networks of `networksAdvanced`, and takes it off the
 * default one. Without entries it stays where it is.
 */
export async function connectNetworks(
  engine: Engine,
  id: string,
  networks: Value | undefined,
  signal: AbortSignal,
): Promise<void> {
  const entries = asBlocks(networks);
  if (entries.length === 0) return;
  await leaveDefaultNetwork(engine, id, signal);
  for (const entry of entries) {
    const name = asText(entry["name"]);
    const body = { Container: id, EndpointConfig: writeEndpoint(entry) };
    await engine
      .request("POST", `/networks/${encodeURIComponent(name)}/connect`, { body, signal })
      .catch((error: unknown) => {
        throw describeFailure(`Unable to connect to network '${name}'`, error);
      });
  }
}

async function leaveDefaultNetwork(engine: Engine, id: string, signal: AbortSignal): Promise<void> {
  try {
    await engine.request("POST", `/networks/${DEFAULT_NETWORK}/disconnect`, {
      body: { Container: id },
      signal,
    });
  } catch (error) {
    // With another networkMode it has never been there.
    if (messageOf(error).includes("is not connected to")) return;
    throw describeFailure("Unable to disconnect the default network", error);
  }
}

function writeEndpoint(entry: Properties): object {
  const [ipv4, ipv6, mac] = ["ipv4Address", "ipv6Address", "macAddress"].map((name) =>
    asText(entry[name]),
  );
  const linkLocal = asTexts(entry["linkLocalIps"]);
  const options = asTexts(entry["driverOpts"]).map((option) => {
    const [name = "", ...value] = option.split("=");
    return [name, value.join("=")] as const;
  });
  const priority = asNumber(entry["gwPriority"]);
  return {
    Aliases: asTexts(entry["aliases"]),
    IPAMConfig: {
      ...(ipv4 && { IPv4Address: ipv4 }),
      ...(ipv6 && { IPv6Address: ipv6 }),
      ...(linkLocal.length > 0 && { LinkLocalIPs: linkLocal }),
    },
    ...(mac && { MacAddress: mac }),
    ...(options.length > 0 && { DriverOpts: Object.fromEntries(options) }),
    ...(priority !== 0 && { GwPriority: priority }),
  };
}
