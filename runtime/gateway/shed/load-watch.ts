import type { Clock } from "../../kit/clock.ts";
import { type AdaptiveLimit, fewestSamples } from "./adaptive-limit.ts";
import type { InFlight } from "./in-flight.ts";

export interface LoadWatchOptions {
  readonly limit: AdaptiveLimit;
  readonly inFlight: InFlight;
  /** One that never jumps. */
  readonly clock: Clock;
  /** Told of the limit after each window. */
  readonly onLimit: (limit: number) => void;
  /** @default a timer of Node's that keeps no process alive */
  readonly schedule?: (run: () => void, delayMs: number) => () => void;
}

/**
 * Looks every 50 ms by how much the event loop is late, and once a second lets the limit follow; later where it is so late that
 * there is not enough to judge by.
 * @returns what ends it
 */
export function watchLoad(options: LoadWatchOptions): () => void {
  const { limit, inFlight, clock, onLimit, schedule = scheduleOnce } = options;
  let windowEndMs = clock.nowMs() + windowMs;
  let leastDelayMs = Number.POSITIVE_INFINITY;
  let samples = 0;
  let cancel: () => void;

  function next(): void {
    const dueMs = clock.nowMs() + sampleMs;
    cancel = schedule(() => {
      const nowMs = clock.nowMs();
      leastDelayMs = Math.min(leastDelayMs, Math.max(0, nowMs - dueMs));
      samples += 1;
      if (nowMs >= windowEndMs && samples >= fewestSamples) {
        limit.settle({ leastDelayMs, samples, mostInFlight: inFlight.takeMost() });
        onLimit(limit.current());
        windowEndMs = nowMs + windowMs;
        leastDelayMs = Number.POSITIVE_INFINITY;
        samples = 0;
      }
      next();
    }, sampleMs);
  }

  next();
  return () => cancel();
}

const sampleMs = 50;
const windowMs = 1000;

function scheduleOnce(run: () => void, delayMs: number): () => void {
  const timer = setTimeout(run, delayMs).unref();
  return () => clearTimeout(timer);
}
