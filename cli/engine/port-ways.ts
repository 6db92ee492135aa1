import type { Deployment } from "../../catalog/deployment.ts";
import { isLoopback, machineOf } from "../../catalog/engine-machine.ts";
import type { PortWay } from "../../validation/options.ts";
import { isSsh } from "./ssh-command.ts";
import { forwardPorts } from "./ssh-forward.ts";

/** How the ports of a stack are reached from here; `close` when they are needed no longer. */
export interface PortWays {
  readonly ways: ReadonlyMap<string, PortWay>;
  readonly close: () => void;
}

/**
 * Opens ways to what a stack publishes on the loopback of another machine: through ssh where the engine is reached so. An
 * engine behind TLS offers none; what is asked for there gets a sentence that says what to set. Other ports need no way.
 */
export async function openPortWays(engineHost: string, urls: readonly string[]): Promise<PortWays> {
  const machine = machineOf(engineHost);
  const addresses = urls
    .map((url) => new URL(url))
    .filter(({ hostname }) => machine !== null && isLoopback(hostname))
    .map(({ hostname, port }) => `${hostname}:${port}`);
  if (machine === null || addresses.length === 0) return noWays;
  const closed = (why: string): PortWays => ({
    ...noWays,
    ways: new Map(addresses.map((address) => [address, { closed: why }])),
  });
  if (!isSsh(engineHost)) return closed(loopbackElsewhere(machine));
  try {
    const { sockets, close } = await forwardPorts(engineHost, addresses);
    const ways = [...sockets].map(([address, path]) => [address, { socketPath: path }] as const);
    return { ways: new Map(ways), close };
  } catch (error) {
    return closed(`no way by ssh to ${machine}: ${(error as Error).message}`);
  }
}

/** Addresses that the stack says it answers at. */
export function urlsOf({ gatewayUrl, prometheusUrl, grafanaUrl }: Deployment): string[] {
  return [gatewayUrl, prometheusUrl, grafanaUrl].filter(
    (url): url is string => url !== null && url !== "",
  );
}

/** Why a loopback port of an engine behind TLS is reached by nobody here. */
function loopbackElsewhere(machine: string): string {
  return (
    `the port is bound to the loopback of ${machine}, where only that machine reaches it; ` +
    "set astratrade:bindAddress to an address of that machine, or reach the engine by ssh"
  );
}

const noWays: PortWays = { ways: new Map(), close: () => undefined };
