import type { Registry as MetricsRegistry } from "prom-client";
import {
  type DashboardAnswer,
  type GatewayHealth,
  paths,
  type ServicesAnswer,
} from "../../catalog/endpoints.ts";
import type { RuntimeEnv } from "../../catalog/runtime-env.ts";
import { serviceNames, services, type ServiceName } from "../../catalog/services.ts";
import { type Clock, isoTime } from "../kit/clock.ts";
import { Problem } from "../kit/errors.ts";
import type { LinkState } from "../kit/redis.ts";
import { type Answer, jsonType } from "./answer.ts";
import type { Breaker } from "./breaker/breaker.ts";
import type { Breakers } from "./breaker/breakers.ts";
import type { Kpis } from "./kpis.ts";
import type { Instance, Registry } from "./registry.ts";
import type { Page } from "./stages/own-pages.ts";

export interface PagesInput {
  readonly env: Pick<RuntimeEnv, "INSTANCE_ID" | "RELEASE">;
  readonly clock: Clock;
  readonly registry: Registry;
  readonly breakers: Breakers;
  readonly linkState: () => LinkState;
  /** Whether this gateway limits by what it has seen itself. */
  readonly isLimiterAlone: () => boolean;
  readonly readKpis: () => Promise<Kpis>;
  readonly metrics: MetricsRegistry;
  /** Whether its code is compiled, so that the first requests are no slower than the rest. */
  readonly isWarm: () => boolean;
  readonly isDraining: () => boolean;
}

/** The gateway's own pages by path. */
export function createPages(input: PagesInput): ReadonlyMap<string, Page> {
  return new Map<string, Page>([
    [paths.health, healthPage(input)],
    [paths.live, livePage(input)],
    [paths.ready, readyPage(input)],
    [paths.services, servicesPage(input)],
    [paths.dashboard, dashboardPage(input)],
    [paths.metrics, metricsPage(input)],
  ]);
}

/**
 * Whether the process is up, which is all that the engine asks: whatever else is away, starting it again would not help. It
 * is not up before it is warm, so that nobody who waited for it meets slow answers.
 */
function livePage({ isWarm }: PagesInput): Page {
  const alive = toAnswer(200, { status: "alive", service: "gateway" });
  const starting = toAnswer(503, { status: "starting", service: "gateway" });
  return () => (isWarm() ? alive : starting);
}

/** An ejected instance comes back, and a breaker becomes half-open, by the passing of time alone: nothing is shown for longer. */
const maxHealthAgeMs = 1000;

/**
 * Rendered when something changes, and not for each request: this page is what load tests and balancers ask for. 200 while
 * requests can be served.
 */
function healthPage(input: PagesInput): Page {
  const { env, clock, registry, breakers, linkState, isLimiterAlone, isDraining } = input;
  const startedAt = isoTime(clock);
  let rendered: Answer | undefined;
  let renderedFor = "";
  let renderedAtMs = 0;
  const forget = (): void => {
    rendered = undefined;
  };
  registry.onChange(forget);
  breakers.onChange(forget);

  return () => {
    const state = linkState();
    const draining = isDraining();
    const rateLimits = isLimiterAlone() ? "local" : "shared";
    const fingerprint = `${draining} ${rateLimits} ${state.status === "up" ? "" : state.waitingFor}`;
    const nowMs = clock.nowMs();
    const isFresh = renderedFor === fingerprint && nowMs < renderedAtMs + maxHealthAgeMs;
    if (rendered !== undefined && isFresh) return rendered;
    const serviceStates = statusOfServices(input);
    // What is only assumed, from the seeds, is not well until it is known.
    const isKnown = state.status === "up" && registry.source() === "redis";
    const allWell = isKnown && Object.values(serviceStates).every((one) => one === "healthy");
    const health: GatewayHealth = {
      status: draining ? "draining" : allWell ? "healthy" : "degraded",
      service: "gateway",
      instance: env.INSTANCE_ID,
      release: env.RELEASE,
      startedAt,
      rateLimits,
      dependencies: {
        redis:
          state.status === "up"
            ? { status: "up" }
            : { status: "down", waitingFor: state.waitingFor },
        services: serviceStates,
        breakers: troubledBreakers(breakers),
      },
    };
    renderedFor = fingerprint;
    renderedAtMs = nowMs;
    rendered = toAnswer(draining ? 503 : 200, health);
    return rendered;
  };
}

/** Whether requests should be sent here: it is warm and knows where to send them on. */
function readyPage(input: PagesInput): Page {
  return () => {
    const reason = notReadyReason(input);
    return reason === undefined
      ? toAnswer(200, { status: "ready", service: "gateway" })
      : toAnswer(503, { status: "not ready", service: "gateway", reason });
  };
}

function notReadyReason({ registry, isWarm, isDraining }: PagesInput): string | undefined {
  if (isDraining()) return "it is ending";
  if (!isWarm()) return "it is warming up";
  const knowsInstances = [...registry.snapshot().instances.values()].some(
    (list) => list.length > 0,
  );
  if (registry.source() === "seed" && !knowsInstances) return "it has not reached the registry yet";
  return undefined;
}

function servicesPage(input: PagesInput): Page {
  const { registry, clock } = input;
  return () => {
    const { readAtMs } = registry.snapshot();
    const answer: ServicesAnswer = {
      registry: {
        source: registry.source(),
        ageMs: readAtMs === null ? null : clock.nowMs() - readAtMs,
      },
      services: Object.fromEntries(
        serviceNames.map((service) => [service, viewService(input, service)]),
      ),
    };
    return toAnswer(200, answer);
  };
}

function viewService(
  { registry, breakers, clock }: PagesInput,
  service: ServiceName,
): ServicesAnswer["services"][string] {
  const { instances, readAtMs, redisNowMs } = registry.snapshot();
  const nowMs = clock.nowMs();
  const viewInstance = (instance: Instance) => ({
    id: instance.id,
    address: `${instance.host}:${instance.port}`,
    status: registry.isEjected(instance) ? ("ejected" as const) : ("healthy" as const),
    release: instance.release,
    ageSeconds:
      instance.startedAtMs === null ? null : Math.round((nowMs - instance.startedAtMs) / 1000),
    heartbeatAgeMs:
      instance.heartbeatMs === null || readAtMs === null || redisNowMs === null
        ? null
        : redisNowMs - instance.heartbeatMs + (nowMs - readAtMs),
    breaker: viewBreaker(breakers.ofInstance(instance)),
  });
  return {
    status: statusOf({ registry, breakers }, service),
    routePrefix: `${paths.apiPrefix}/${services[service].route}`,
    breaker: viewBreaker(breakers.ofService(service)),
    instances: (instances.get(service) ?? []).map(viewInstance),
  };
}

/** Whole milliseconds: nobody reads more of it. */
function viewBreaker(breaker: Breaker): NonNullable<ServicesAnswer["services"][string]["breaker"]> {
  const { retryInMs, forced, ...rest } = breaker.view();
  return {
    ...rest,
    retryInMs: Math.ceil(retryInMs),
    forced: forced === null ? null : { ...forced, forMs: Math.ceil(forced.forMs) },
  };
}

/** While Redis is away the last figures stay, and say so. */
function dashboardPage(input: PagesInput): Page {
  const { clock, readKpis } = input;
  let last: { readonly asOf: string; readonly figures: Kpis } | undefined;
  return async () => {
    let stale = false;
    try {
      last = { figures: await readKpis(), asOf: isoTime(clock) };
    } catch (error) {
      if (last === undefined) {
        throw new Problem("datastore_unavailable", {
          message: "The figures are in Redis, which does not answer.",
          cause: error,
        });
      }
      stale = true;
    }
    const answer: DashboardAnswer = {
      asOf: last.asOf,
      stale,
      ...last.figures,
      services: statusOfServices(input),
    };
    return toAnswer(200, answer);
  };
}

function metricsPage({ metrics }: PagesInput): Page {
  return async () => ({
    status: 200,
    contentType: metrics.contentType,
    body: await metrics.metrics(),
  });
}

type Known = Pick<PagesInput, "registry" | "breakers">;

/** A half-open breaker lets requests through, so the service can be had. */
function statusOf({ registry, breakers }: Known, service: ServiceName): "healthy" | "unavailable" {
  const canBeAsked = registry.usable(service).length > 0;
  return canBeAsked && breakers.ofService(service).view().state !== "open"
    ? "healthy"
    : "unavailable";
}

function statusOfServices(known: Known): Record<string, "healthy" | "unavailable"> {
  return Object.fromEntries(serviceNames.map((name) => [name, statusOf(known, name)]));
}

function troubledBreakers(
  breakers: Breakers,
): NonNullable<GatewayHealth["dependencies"]["breakers"]> {
  return Object.fromEntries(
    serviceNames.flatMap((service) => {
      const { state, reason } = breakers.ofService(service).view();
      return state === "closed" ? [] : [[service, { state, reason: reason ?? "" }]];
    }),
  );
}

function toAnswer(status: number, body: unknown): Answer {
  return { status, contentType: jsonType, body: Buffer.from(JSON.stringify(body)) };
}
