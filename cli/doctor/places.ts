import type { AnsweringEngine } from "./facts.ts";

/** What this machine says of itself. */
export interface ThisMachine {
  readonly platform: string;
  readonly hostname: string;
  readonly kernel: string;
  /** Its IPv4 routes; null where they cannot be read. */
  readonly routes: readonly { readonly subnet: string }[] | null;
}

type Engine = Pick<AnsweringEngine, "host" | "info" | "networks">;

/**
 * Whether the engine runs on this machine, so that its disk and memory can be looked at here. Its address says little: a
 * socket may be forwarded from elsewhere, and TCP may stay at home. Host name and kernel together do.
 */
export function isEngineHost({ info }: Engine, machine: ThisMachine): boolean {
  return (
    machine.platform === "linux" &&
    info.hostname === machine.hostname &&
    info.kernel === machine.kernel
  );
}

/**
 * Whether a port that the engine publishes is one of this machine's. An engine on this machine may live in a network
 * namespace of its own: then the routes to its bridges are not here. A rootless one does too, and forwards its ports, as
 * the virtual machines of Docker Desktop and its like do.
 */
export function sharesPorts(engine: Engine, machine: ThisMachine): boolean {
  const { info, networks } = engine;
  if (!isEngineHost(engine, machine)) {
    const isDesktop = info.operatingSystem.startsWith("Docker Desktop");
    return engine.host.startsWith("unix://") && (isDesktop || machine.platform !== "linux");
  }
  const bridges = networks.flatMap(({ subnets }) => subnets);
  if (info.rootless || machine.routes === null || bridges.length === 0) return true;
  return machine.routes.some(({ subnet }) => bridges.includes(subnet));
}
