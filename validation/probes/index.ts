import type { Evidence, Probed, SectionName, Sections } from "../evidence.ts";
import { probeCgroups } from "./cgroups.ts";
import { probeContainers } from "./containers.ts";
import { probeEngine } from "./engine.ts";
import { probeGateway, probeRoutes } from "./gateway.ts";
import { probeImages } from "./images.ts";
import { probeInventory } from "./inventory.ts";
import { probeLoad } from "./load.ts";
import { probeLogs } from "./logs.ts";
import { probeGrafana, probePrometheus } from "./monitoring.ts";
import { probeNetworks, probeVolumes } from "./networks-and-volumes.ts";
import { probed, type Probe, type ProbeContext } from "./probe.ts";
import { probeRateLimit } from "./rate-limit.ts";
import { probeReachability } from "./reachability.ts";
import { probeRedis } from "./redis.ts";
import { probeSelfCheck } from "./self-check.ts";
import { probeTrade } from "./trade.ts";

/** Every probe and the longest time it may take. */
const probes: { readonly [Name in SectionName]: { run: Probe<Name>; deadlineMs: number } } = {
  engine: { run: probeEngine, deadlineMs: 5_000 },
  containers: { run: probeContainers, deadlineMs: 20_000 },
  images: { run: probeImages, deadlineMs: 20_000 },
  networks: { run: probeNetworks, deadlineMs: 20_000 },
  volumes: { run: probeVolumes, deadlineMs: 20_000 },
  inventory: { run: probeInventory, deadlineMs: 20_000 },
  cgroups: { run: probeCgroups, deadlineMs: 30_000 },
  reachability: { run: probeReachability, deadlineMs: 40_000 },
  redis: { run: probeRedis, deadlineMs: 15_000 },
  selfCheck: { run: probeSelfCheck, deadlineMs: 60_000 },
  gateway: { run: probeGateway, deadlineMs: 20_000 },
  routes: { run: probeRoutes, deadlineMs: 30_000 },
  trade: { run: probeTrade, deadlineMs: 25_000 },
  load: { run: probeLoad, deadlineMs: 30_000 },
  rateLimit: { run: probeRateLimit, deadlineMs: 30_000 },
  prometheus: { run: probePrometheus, deadlineMs: 10_000 },
  grafana: { run: probeGrafana, deadlineMs: 10_000 },
  logs: { run: probeLogs, deadlineMs: 20_000 },
};

/**
 * What runs at the same time. A later phase reads what an earlier one found. The self check and the load take CPU from
 * everything else, so each has a phase of its own and no measurement beside it.
 */
const phases: readonly (readonly SectionName[])[] = [
  ["engine"],
  ["containers", "images", "networks", "volumes", "inventory"],
  ["cgroups", "redis", "gateway", "routes", "prometheus", "grafana"],
  ["reachability", "trade"],
  ["load"],
  ["rateLimit"],
  ["selfCheck"],
  ["logs"],
];

/**
 * One pass over the running system.
 * @param kept sections of an earlier pass that are not to be gathered again
 * @returns every section; when the engine does not answer, or the signal is given, the rest is `skipped`
 */
export async function gather(
  context: Omit<ProbeContext, "found">,
  kept: Evidence = {},
): Promise<Evidence> {
  let found: Evidence = { ...kept };
  for (const phase of phases) {
    const wanted = phase.filter((name) => kept[name] === undefined);
    const sections = await Promise.all(wanted.map((name) => runProbe(name, { ...context, found })));
    found = { ...found, ...Object.fromEntries(sections) };
    if (found.engine !== undefined && "error" in found.engine) return skipRest(found);
  }
  return found;
}

async function runProbe(
  name: SectionName,
  context: ProbeContext,
): Promise<[SectionName, Probed<Sections[SectionName]>]> {
  const { run, deadlineMs } = probes[name];
  const { signal } = context;
  const section = await probed<Sections[SectionName]>(
    (probeSignal) => run({ ...context, signal: probeSignal }),
    { deadlineMs, signal },
  );
  return [name, section];
}

function skipRest(found: Evidence): Evidence {
  const rest = (Object.keys(probes) as SectionName[]).filter((name) => found[name] === undefined);
  const skipped = rest.map((name) => [name, { skipped: "the engine does not answer" }] as const);
  return { ...found, ...Object.fromEntries(skipped) };
}
