import { isLoopback, machineOf } from "../../../catalog/engine-machine.ts";
import { containersOf, portKeyOf } from "../../../topology/build-topology.ts";
import { isSsh } from "../../engine/ssh-command.ts";
import type { AnsweringEngine, ContainerLook, Facts, PortLook } from "../facts.ts";
import type { Finding } from "../finding.ts";
import { defineGroup, type Found } from "../group.ts";
import { count, list, ownership, stackFile } from "../words.ts";

const kinds = {
  free: { severity: "passed", meaning: "The host ports are free, or this stack's own." },
  container: {
    severity: "refusal",
    meaning: "A container of someone else's publishes the port.",
    remedy: "`astratrade:ports.<container>`, or stop the other one.",
  },
  process: {
    severity: "refusal",
    meaning: "A process listens on the port.",
    remedy: "`astratrade:ports.<container>`, or end the process.",
  },
  moves: {
    severity: "warning",
    meaning:
      "The port goes from one part of the stack to another, which fails where the second starts before the first has let go.",
    remedy: "Run `npm run up` again if it fails.",
  },
  address: {
    severity: "refusal",
    meaning: "This machine does not have the address that ports are to be bound to.",
    remedy: "`astratrade:bindAddress`",
  },
  unreachable: {
    severity: "refusal",
    meaning:
      "Ports are to be bound to the loopback of another machine, whose engine is reached by TCP: nothing here can reach them.",
    remedy: "`astratrade:bindAddress`, or reach the engine by ssh.",
  },
  privileged: {
    severity: "warning",
    meaning: "A port below 1024 on a rootless engine.",
    remedy: "`astratrade:ports.<container>`, or `sysctl net.ipv4.ip_unprivileged_port_start=…`.",
  },
  "not-looked-at": {
    severity: "info",
    meaning:
      "The engine publishes on another machine: containers there were looked at, processes could not be.",
    remedy: "Look there: `ss -ltn`.",
  },
} as const;

/** Whether the host ports that the stack publishes can be had. */
export const ports = defineGroup({
  name: "ports",
  kinds,
  examine: (facts, found) => {
    const wanted = wantedPorts(facts);
    if (wanted.length === 0) return [];
    const { host, engine } = facts;
    const bindAddress = wanted[0]?.ip ?? "";
    if (host.hasBindAddress === false) {
      return [
        found("address", {
          subject: bindAddress,
          message: `Ports are to be bound to ${bindAddress}, which this machine does not have; it has ${list(host.addresses)}.`,
          remedy: `Set astratrade:bindAddress in ${stackFile(facts)} to one of them, or to 0.0.0.0 for all.`,
        }),
      ];
    }
    const machine = engine.answers && !isSsh(engine.host) ? machineOf(engine.host) : null;
    if (machine !== null && isLoopback(bindAddress)) {
      return [
        found("unreachable", {
          subject: bindAddress,
          message: `Ports are to be bound to ${bindAddress} of ${machine}, which only that machine reaches; the platform could be neither used nor validated from here.`,
          remedy: `Set astratrade:bindAddress in ${stackFile(facts)} to an address of ${machine}, or to 0.0.0.0 for all. Or reach the engine by ssh, which leads to its loopback too.`,
        }),
      ];
    }
    const problems = wanted.flatMap((port) => examinePort(facts, port, found) ?? []);
    const elsewhere = engine.answers && !host.sharesPorts;
    return [
      ...problems,
      ...(elsewhere
        ? [
            found("not-looked-at", {
              message: `The engine at ${engine.host} publishes ports on another machine: which processes listen there was not looked at.`,
              remedy: "Look there: ss -ltn",
            }),
          ]
        : []),
      ...(problems.length === 0
        ? [found("free", { message: `${describeWanted(wanted)} free or this stack's own` })]
        : []),
    ];
  },
});

type FoundPort = Found<keyof typeof kinds>;

interface WantedPort {
  /** Container that is to publish it. */
  readonly container: string;
  /** Under `astratrade:ports`. */
  readonly key: string;
  readonly ip: string;
  readonly port: number;
}

function wantedPorts({ topology }: Facts): WantedPort[] {
  return containersOf(topology).flatMap(({ name, service, ports: plans }) =>
    plans.map(({ external, ip }) => ({
      container: name,
      key: portKeyOf(service),
      ip,
      port: external,
    })),
  );
}

/** The first of what may be wrong with a port: a container, a process, rights. */
function examinePort(facts: Facts, wanted: WantedPort, found: FoundPort): Finding | null {
  const { engine, host, stack } = facts;
  const { port, container, key } = wanted;
  const look = host.ports.find((it) => it.port === port);
  const holder = engine.answers ? holderOf(engine, wanted) : undefined;
  const subject = String(port);
  const setting = settingOf(facts, key, look);
  if (holder !== undefined && holder.stack === stack) {
    if (holder.name === container) return null;
    // One resource of the program publishes it before and after, under another name: it lets go before it is made anew.
    if (holder.service !== null && portKeyOf(holder.service) === key) return null;
    return found("moves", {
      subject,
      message: `Host port ${port} goes from ${holder.name} to ${container}; the second cannot start before the first has let go of it.`,
      remedy: `If the deploy fails on it, run \`npm run up\` again, or set ${setting}`,
    });
  }
  if (holder !== undefined) {
    return found("container", {
      subject,
      message: `Host port ${port} of ${container} is taken by the container ${holder.name}${ownership(holder)}.`,
      remedy: `Set ${setting} Or stop the other: docker stop ${holder.name}`,
    });
  }
  if (look?.bind === "taken" || (look?.bind === "not-allowed" && look.process !== null)) {
    const who =
      look.process === null
        ? "a process that cannot be named without more rights"
        : `the process ${look.process.name} (pid ${look.process.pid})`;
    const end =
      look.process === null
        ? `Or find it as root: ss -ltnp 'sport = :${port}'`
        : `Or end the process: kill ${look.process.pid}`;
    return found("process", {
      subject,
      message: `Host port ${port} of ${container} is taken by ${who}.`,
      remedy: `Set ${setting} ${end}`,
    });
  }
  if (port < 1024 && engine.answers && engine.info.rootless) {
    return found("privileged", {
      subject,
      message: `Host port ${port} of ${container} is below 1024, which a rootless engine may not publish unless the kernel is told so.`,
      remedy: `Set ${setting} Or allow it: sysctl -w net.ipv4.ip_unprivileged_port_start=${port}`,
    });
  }
  return null;
}

/** Stopped containers hold no port. */
function holderOf(
  { containers }: AnsweringEngine,
  { ip, port }: WantedPort,
): ContainerLook | undefined {
  return containers.find(
    (it) => it.running && it.ports.some((held) => held.port === port && clash(held.ip, ip)),
  );
}

/** An address and a wildcard, or the same address twice. */
function clash(a: string, b: string): boolean {
  const isAny = (ip: string): boolean => ip === "" || ip === "0.0.0.0" || ip === "::";
  return a === b || isAny(a) || isAny(b);
}

function settingOf(facts: Facts, key: string, look: PortLook | undefined): string {
  const such = look?.free == null ? "" : `, such as ${look.free}`;
  return `astratrade:ports.${key} in ${stackFile(facts)} to a free port${such}.`;
}

function describeWanted(wanted: readonly WantedPort[]): string {
  const ips = list([...new Set(wanted.map(({ ip }) => ip))]);
  return `${count(wanted.length, "host port")} on ${ips}`;
}
