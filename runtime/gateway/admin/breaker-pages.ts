import { serviceNames, type ServiceName } from "../../../catalog/services.ts";
import type { Clock } from "../../kit/clock.ts";
import { Problem } from "../../kit/errors.ts";
import type { Logger } from "../../kit/logger.ts";
import type { Breaker, BreakerView } from "../breaker/breaker.ts";
import type { BreakerChange, Breakers } from "../breaker/breakers.ts";
import type { Registry } from "../registry.ts";
import { type AdminCall, type AdminRoute, jsonAnswer } from "./admin-handler.ts";
import { type ExpiryBounds, readExpiry } from "./expiry.ts";

export interface BreakerPagesInput {
  readonly breakers: Breakers;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Long enough for a look, and at most for a maintenance. */
const forceFor: ExpiryBounds = { defaultMs: 60_000, maxMs: 3_600_000 };

/** Changes of state that are remembered. */
const maxTransitions = 100;

/** Shows every breaker with the last changes, and lets an operator hold one open or closed for a while. */
export function breakerRoutes(input: BreakerPagesInput): AdminRoute[] {
  const transitions = rememberTransitions(input);
  const steer = (action: Action) => (call: AdminCall) => steerBreaker(input, action, call);
  return [
    {
      method: "GET",
      path: "/breakers",
      does: `every breaker, and the last ${maxTransitions} changes of state, the newest first`,
      handle: () => jsonAnswer({ services: viewAll(input), transitions: transitions() }),
    },
    ...(["force-open", "force-close", "reset"] as const).flatMap((action) =>
      ["/breakers/<service>", "/breakers/<service>/<instance>"].map((path): AdminRoute => ({
        method: "POST",
        path: `${path}/${action}`,
        does: whatItDoes[action],
        handle: steer(action),
      })),
    ),
  ];
}

type Action = "force-open" | "force-close" | "reset";

const whatItDoes: Readonly<Record<Action, string>> = {
  "force-open": "refuses its calls, ?for=60s (default; 1h at most)",
  "force-close": "lets its calls through whatever happens, ?for=60s (default; 1h at most)",
  reset: "closes it, with nothing remembered and nothing forced",
};

function steerBreaker(
  { breakers, registry, logger }: BreakerPagesInput,
  action: Action,
  { params, query, peer }: AdminCall,
) {
  const service = serviceOf(params["service"] ?? "");
  const breaker = breakerOf(breakers, registry, service, params["instance"]);
  const what = { action, service, instance: params["instance"] ?? null, peer };
  if (action === "reset") {
    breaker.reset();
    logger.warn(what, "an operator reset a breaker");
  } else {
    const forMs = readExpiry(query, forceFor);
    breaker.force(action === "force-open" ? "open" : "closed", forMs);
    logger.warn({ ...what, forMs }, "an operator forced a breaker");
  }
  return jsonAnswer({ service, instance: what.instance, breaker: show(breaker) });
}

function breakerOf(
  breakers: Breakers,
  registry: Registry,
  service: ServiceName,
  id: string | undefined,
): Breaker {
  if (id === undefined) return breakers.ofService(service);
  const known = registry.snapshot().instances.get(service) ?? [];
  const instance = known.find((one) => one.id === id);
  if (instance !== undefined) return breakers.ofInstance(instance);
  throw new Problem("not_found", {
    message: `${service} has no instance "${id}"; it has ${known.length === 0 ? "none" : known.map((one) => one.id).join(", ")}.`,
  });
}

function serviceOf(text: string): ServiceName {
  const service = serviceNames.find((name) => name === text);
  if (service !== undefined) return service;
  throw new Problem("not_found", {
    message: `There is no service "${text}"; there are ${serviceNames.join(", ")}.`,
  });
}

interface ServiceBreakers {
  readonly breaker: BreakerView;
  readonly instances: Readonly<Record<string, BreakerView>>;
}

function viewAll({ breakers, registry }: BreakerPagesInput): Record<string, ServiceBreakers> {
  const { instances } = registry.snapshot();
  return Object.fromEntries(
    serviceNames.map((service) => [
      service,
      {
        breaker: show(breakers.ofService(service)),
        instances: Object.fromEntries(
          (instances.get(service) ?? []).map((one) => [one.id, show(breakers.ofInstance(one))]),
        ),
      },
    ]),
  );
}

/** Whole milliseconds: people read this. */
function show(breaker: Breaker): BreakerView {
  const view = breaker.view();
  const { forced } = view;
  return {
    ...view,
    retryInMs: Math.round(view.retryInMs),
    forced: forced === null ? null : { ...forced, forMs: Math.round(forced.forMs) },
  };
}

/** @returns what was seen since, the newest first */
function rememberTransitions({
  breakers,
  clock,
}: BreakerPagesInput): () => readonly (BreakerChange & { readonly at: string })[] {
  const seen: (BreakerChange & { readonly at: string })[] = [];
  breakers.onChange((change) => {
    seen.unshift({ at: new Date(clock.nowMs()).toISOString(), ...change });
    if (seen.length > maxTransitions) seen.pop();
  });
  return () => seen;
}
