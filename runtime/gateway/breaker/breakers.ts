import type { ServiceName } from "../../../catalog/services.ts";
import type { Instance } from "../registry.ts";
import type { Breaker, CircuitState } from "./breaker.ts";

/** The breakers of all services and of all instances that are known. */
export interface Breakers {
  ofService(service: ServiceName): Breaker;
  ofInstance(instance: Instance): Breaker;
  /**
   * Of these instances, those that a request may go to: without the ones whose breakers are open, but never without more than
   * half of them, nor without the last.
   */
  usable(instances: readonly Instance[]): readonly Instance[];
  /** Called on every change of a state. */
  onChange(listener: (change: BreakerChange) => void): void;
}

export interface BreakerChange {
  readonly service: ServiceName;
  /** null: the service's own breaker. */
  readonly instance: string | null;
  readonly from: CircuitState;
  readonly to: CircuitState;
  readonly reason: string;
}

/** Breakers that never open. */
export function closedBreakers(): Breakers {
  const closed: Breaker = {
    tryAcquire: () => ({
      probe: false,
      probeDeadlineMs: Number.POSITIVE_INFINITY,
      end: () => undefined,
    }),
    view: () => ({
      state: "closed",
      reason: null,
      retryInMs: 0,
      forced: null,
      calls: 0,
      failures: 0,
      slowCalls: 0,
    }),
    force: () => undefined,
    reset: () => undefined,
  };
  return {
    ofService: () => closed,
    ofInstance: () => closed,
    usable: (instances) => instances,
    onChange: () => undefined,
  };
}
