import type { Clock, Random } from "../../kit/clock.ts";
import type { ServiceName } from "../../../catalog/services.ts";
import { type Instance, instanceKey, type Registry } from "../registry.ts";
import type { CheckedBreakers } from "./breakers.ts";

/**
 * Asks an instance whether it is ready. Never fails, and comes to an end within `checkDeadlineMs` or soon after.
 * @param signal ends it
 */
export type CheckReady = (instance: Instance, signal: AbortSignal) => Promise<boolean>;

export interface WatchReturnsInput {
  readonly registry: Registry;
  readonly breakers: CheckedBreakers;
  readonly check: CheckReady;
  readonly clock: Clock;
  readonly random: Random;
}

export interface ReturnsWatch {
  /** Looks once: moves the breakers on, and begins the checks that are due. */
  look(): void;
  stop(): void;
}

const lookEveryMs = 100;
/** Between two checks of one instance: quick at first, since most are away for a moment. */
const firstPauseMs = 200;
const longestPauseMs = 500;
/**
 * A check of an instance that hangs ends after this, so before users try one that fell silent. With the pause, one that comes back
 * is found within 1.2 s at the latest, which leaves time for the first good answers within two seconds.
 */
export const checkDeadlineMs = 500;
const maxChecks = 16;

/**
 * The gateway's own checks, of instances only that are ejected or whose breakers are open: so it is found out without a user's
 * request that one is back. While all is well nothing is asked.
 */
export function watchReturns(input: WatchReturnsInput): ReturnsWatch {
  const { registry, breakers, check, clock, random } = input;
  const checks = new Map<string, Check>();
  const ending = new AbortController();

  function look(): void {
    breakers.tick();
    const doubtful = [...registry.snapshot().instances.values()]
      .flat()
      .filter((instance) => breakers.isInDoubt(instance));
    const keys = new Set(doubtful.map(instanceKey));
    for (const [key, { running }] of checks) if (!keys.has(key) && !running) checks.delete(key);
    for (const instance of doubtful) {
      const known = checks.get(instanceKey(instance));
      const one = known ?? {
        service: instance.service,
        running: false,
        away: false,
        dueMs: 0,
        pauseMs: firstPauseMs,
      };
      checks.set(instanceKey(instance), one);
      if (!one.running && clock.nowMs() >= one.dueMs && countRunning() < maxChecks) {
        void run(instance, one);
      }
    }
  }

  async function run(instance: Instance, one: Check): Promise<void> {
    one.running = true;
    const isReady = await check(instance, ending.signal);
    one.running = false;
    if (ending.signal.aborted) return;
    one.away = !isReady;
    one.dueMs = clock.nowMs() + one.pauseMs * (0.8 + 0.4 * random.fraction());
    one.pauseMs = Math.min(one.pauseMs * 1.5, longestPauseMs);
    if (isReady) breakers.hearReady(instance);
    else
      breakers.hearAway(
        instance,
        2 * one.pauseMs + checkDeadlineMs,
        isWholeServiceAway(one.service),
      );
  }

  function isWholeServiceAway(service: ServiceName): boolean {
    const known = registry.snapshot().instances.get(service) ?? [];
    return known.every((instance) => checks.get(instanceKey(instance))?.away === true);
  }

  function countRunning(): number {
    let running = 0;
    for (const one of checks.values()) if (one.running) running += 1;
    return running;
  }

  const timer = setInterval(look, lookEveryMs);
  return {
    look,
    stop: () => {
      clearInterval(timer);
      ending.abort();
    },
  };
}

interface Check {
  readonly service: ServiceName;
  running: boolean;
  /** It failed the last one. */
  away: boolean;
  dueMs: number;
  pauseMs: number;
}
