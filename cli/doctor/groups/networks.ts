import { cut, isFree, overlap, toRanges, type Ipv4Range } from "../../../topology/ipv4-range.ts";
import type { AnsweringEngine, Facts, NetworkLook } from "../facts.ts";
import type { Finding } from "../finding.ts";
import { defineGroup, type Found } from "../group.ts";
import { count, list, ownership, stackFile } from "../words.ts";

/** What Docker cuts networks from where its daemon.json says nothing: 31 of them, the default bridge's included. */
const builtInPools = [
  ...Array.from({ length: 15 }, (_, index) => ({ base: `172.${17 + index}.0.0/16`, size: 16 })),
  { base: "192.168.0.0/16", size: 20 },
];
/** Beyond this many free ones, their number is of no interest. */
const mostCounted = 1024;
/** Enough for another Compose project or two. */
const fewLeft = 5;

const kinds = {
  free: { severity: "passed", meaning: "The stack's networks can be had." },
  pool: {
    severity: "refusal",
    meaning: "The stack's networkPool overlaps with another Docker network.",
    remedy: "`astratrade:networkPool`",
  },
  route: {
    severity: "refusal",
    meaning:
      "The stack's networkPool overlaps with a route of the engine's machine, whose hosts could not be reached any more.",
    remedy: "`astratrade:networkPool`",
  },
  "used-up": {
    severity: "refusal",
    meaning: "The engine's address pools have no room for the stack's networks.",
    remedy: "`astratrade:networkPool`, or `docker network prune`.",
  },
  low: {
    severity: "warning",
    meaning: "Once the stack runs, the engine's address pools have room for fewer than five more.",
    remedy: "`astratrade:networkPool`",
  },
} as const;

/** Whether the stack's networks can be had. Networks that are there already are not looked at again. */
export const networks = defineGroup({
  name: "networks",
  kinds,
  examine: (facts, found) => {
    const { engine } = facts;
    if (!engine.answers) return [];
    const missing = facts.topology.networks.filter(
      ({ name }) => !engine.networks.some((it) => it.name === name && it.stack === facts.stack),
    );
    if (missing.length === 0) return [found("free", { message: "the stack's networks are there" })];
    const subnets = missing.map(({ subnet }) => subnet).filter((subnet) => subnet !== null);
    return subnets.length > 0
      ? ownPool(facts, engine, subnets, found)
      : enginePools(facts, engine, missing.length, found);
  },
});

type FoundNetwork = Found<keyof typeof kinds>;

function ownPool(
  facts: Facts,
  engine: AnsweringEngine,
  subnets: readonly string[],
  found: FoundNetwork,
): Finding[] {
  // A recorded release may have had a pool that the settings do not name any more.
  const pool = facts.config.networkPool ?? `of the record (${list(subnets, 1)})`;
  const touches = (range: string): boolean => subnets.some((subnet) => overlap(subnet, range));
  const clashing = engine.networks.filter((network) => network.subnets.some(touches));
  const known = new Set(engine.networks.flatMap((network) => network.subnets));
  // The route to a Docker network is that network once more.
  const routes = (facts.host.routes ?? []).filter(
    ({ subnet }) => !known.has(subnet) && touches(subnet),
  );
  const remedy = `Set astratrade:networkPool in ${stackFile(facts)} to a range that nobody uses, such as ${freePool(facts, engine)}.`;
  const findings = [
    ...clashing.map((network) =>
      found("pool", {
        subject: network.name,
        message: `networkPool ${pool} overlaps ${list(network.subnets)}, the Docker network ${network.name}${ownership(network)}.`,
        remedy,
      }),
    ),
    ...routes.map((route) =>
      found("route", {
        subject: route.subnet,
        message: `networkPool ${pool} overlaps ${route.subnet}, a route of this machine through ${route.interface}.`,
        remedy,
      }),
    ),
  ];
  if (findings.length > 0) return findings;
  return [found("free", { message: `networkPool ${pool} is free` })];
}

function enginePools(
  facts: Facts,
  engine: AnsweringEngine,
  wanted: number,
  found: FoundNetwork,
): Finding[] {
  const { addressPools } = engine.info;
  const taken = takenRanges(facts, engine.networks);
  const candidates = (addressPools.length > 0 ? addressPools : builtInPools).flatMap(
    ({ base, size }) => cut(base, size, mostCounted),
  );
  const free = candidates.filter((subnet) => isFree(subnet, taken)).length;
  const remedy = `Set astratrade:networkPool in ${stackFile(facts)}, such as ${freePool(facts, engine)}, or remove networks that nobody uses: docker network prune`;
  if (free < wanted) {
    const message = `The engine's address pools have room for ${count(free, "more network")}; the stack needs ${wanted}.`;
    return [found("used-up", { message, remedy })];
  }
  if (free - wanted < fewLeft) {
    const message = `The engine's address pools have room for ${count(free, "more network")}; the stack takes ${wanted} of them.`;
    return [found("low", { message, remedy })];
  }
  const many = free >= mostCounted ? `${mostCounted} or more` : String(free);
  return [
    found("free", { message: `${many} networks free in the engine's pools, ${wanted} wanted` }),
  ];
}

/** A range of 1024 addresses that neither Docker nor a route uses. */
function freePool(facts: Facts, engine: AnsweringEngine): string {
  const taken = takenRanges(facts, engine.networks);
  const candidates = ["10.89.0.0/16", "10.189.0.0/16", "172.28.0.0/14", "192.168.128.0/17"];
  return (
    candidates.flatMap((range) => cut(range, 20, 16)).find((pool) => isFree(pool, taken)) ??
    "10.250.0.0/20"
  );
}

function takenRanges({ host }: Facts, there: readonly NetworkLook[]): Ipv4Range[] {
  const routes = (host.routes ?? []).map(({ subnet }) => subnet);
  return toRanges([...there.flatMap(({ subnets }) => subnets), ...routes]);
}
