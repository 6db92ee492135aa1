import { setTimeout as sleep } from "node:timers/promises";

/** Time, passed in so that tests move it by hand. */
export interface Clock {
  readonly now: () => Date;
  /** Ends early, without an error, when the signal is given. */
  readonly sleep: (durationMs: number, signal: AbortSignal) => Promise<void>;
}

export const systemClock: Clock = {
  now: () => new Date(),
  sleep: async (durationMs, signal) => {
    try {
      await sleep(durationMs, undefined, { signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  },
};
