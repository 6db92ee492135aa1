import type { BreakerRules } from "./rules.ts";

/** A probe holds its place for so many of its deadlines. */
const leaseFactor = 2;

interface Probe {
  readonly startedMs: number;
}

/**
 * The calls by which a half-open breaker tries the other side: so many at once and no more. One whose answer is long, or whose
 * end is never told, gives its place up after a time, so that it cannot bar the others for ever.
 */
export class Probes {
  passed = 0;
  readonly #rules: BreakerRules;
  #running: readonly Probe[] = [];

  constructor(rules: BreakerRules) {
    this.#rules = rules;
  }

  hasPlace(nowMs: number): boolean {
    const { probes, probeDeadlineMs } = this.#rules;
    if (this.#running.length < probes) return true;
    const sinceMs = nowMs - probeDeadlineMs * leaseFactor;
    this.#running = this.#running.filter(({ startedMs }) => startedMs > sinceMs);
    return this.#running.length < probes;
  }

  begin(probe: Probe): void {
    this.#running = [...this.#running, probe];
  }

  end(probe: Probe): void {
    this.#running = this.#running.filter((one) => one !== probe);
  }
}
