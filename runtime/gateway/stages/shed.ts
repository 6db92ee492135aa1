import { Problem } from "../../kit/errors.ts";
import type { AdaptiveLimit } from "../shed/adaptive-limit.ts";
import type { InFlight } from "../shed/in-flight.ts";
import type { Next, Stage, Target } from "../stage.ts";

/**
 * Why a request was turned away. `event_loop`: the process does not keep up. `in_flight`: more are under way than the memory is
 * for. `service`: one service has so many that the others would not get any.
 */
export const shedReasons = ["event_loop", "in_flight", "service"] as const;
export type ShedReason = (typeof shedReasons)[number];

export interface ShedOptions {
  readonly limit: AdaptiveLimit;
  readonly inFlight: InFlight;
  /** Requests under way at most, however well the process keeps up. */
  readonly maxInFlight: number;
  /** Part of the requests under way that one service may have, 0 to 1. @default 0.6 */
  readonly shareOfOne?: number;
  readonly onShed: (reason: ShedReason) => void;
}

/**
 * Turns requests to services away while more are under way than can be answered in time, before anything of a body is read. The
 * gateway's own pages are always served: they cost little, and without them nobody would know.
 */
export function shed({
  limit,
  inFlight,
  maxInFlight,
  shareOfOne = 0.6,
  onShed,
}: ShedOptions): Stage {
  const maxOfOne = Math.max(1, Math.floor(maxInFlight * shareOfOne));

  function reasonAgainst({ service }: Target): ShedReason | undefined {
    const total = inFlight.total();
    if (total >= maxInFlight) return "in_flight";
    if (total >= limit.current()) return "event_loop";
    return inFlight.of(service) >= maxOfOne ? "service" : undefined;
  }

  async function letIn({ service }: Target, next: Next): Promise<void> {
    inFlight.enter(service);
    try {
      await next();
    } finally {
      inFlight.leave(service);
    }
  }

  return function shedStage({ target }, next) {
    if (target === undefined) return next();
    const reason = reasonAgainst(target);
    if (reason === undefined) return letIn(target, next);
    onShed(reason);
    throw refusal;
  };
}

/** Made once: finding out where an error was made costs more than the rest of refusing. */
const refusal = new Problem("overloaded", { retryAfterSeconds: 1 });
