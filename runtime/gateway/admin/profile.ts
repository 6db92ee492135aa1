import { Session } from "node:inspector/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { getHeapSpaceStatistics, getHeapStatistics } from "node:v8";
import { Problem } from "../../kit/errors.ts";

/** Looks at what the running process does with its CPU, one look at a time. */
export interface Profiler {
  /**
   * Samples for so many seconds, each millisecond; it costs a few per cent of the process while it runs.
   * @param signal ends it early, as when the one who asked has left
   * @returns a CPU profile as Chrome, VS Code and speedscope read it
   * @throws Problem `conflict` while another one runs
   */
  cpuProfile(seconds: number, signal: AbortSignal): Promise<string>;
}

export const profileSeconds = { default: 5, max: 30 } as const;

export function createProfiler(): Profiler {
  let running = false;
  return {
    cpuProfile: async (seconds, signal) => {
      if (running) {
        throw new Problem("conflict", {
          message: `A profile is being taken; try again in ${profileSeconds.max} s at the latest.`,
        });
      }
      running = true;
      const session = new Session();
      try {
        session.connect();
        await session.post("Profiler.enable");
        await session.post("Profiler.setSamplingInterval", { interval: 1000 });
        await session.post("Profiler.start");
        await sleep(seconds * 1000, undefined, { signal }).catch(() => undefined);
        const { profile } = await session.post("Profiler.stop");
        return JSON.stringify(profile);
      } finally {
        session.disconnect();
        running = false;
      }
    },
  };
}

/** @throws Problem `invalid_request` naming the value and what is allowed */
export function readSeconds(query: URLSearchParams): number {
  const text = query.get("seconds");
  if (text === null) return profileSeconds.default;
  const seconds = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (seconds >= 1 && seconds <= profileSeconds.max) return seconds;
  throw new Problem("invalid_request", {
    message: `\`seconds\` is "${text}"; it must be a whole number from 1 to ${profileSeconds.max}.`,
  });
}

/** Where the process' memory is, in bytes. A snapshot of the heap would stop it for seconds, so there is none. */
export function heapSummary() {
  const { heap_size_limit: limit, number_of_detached_contexts: detachedContexts } =
    getHeapStatistics();
  const { rss, heapTotal, heapUsed, external, arrayBuffers } = process.memoryUsage();
  const containerLimit = process.constrainedMemory();
  return {
    rssBytes: rss,
    // 0, or a number beyond any machine, where there is none.
    containerLimitBytes:
      containerLimit > 0 && containerLimit < Number.MAX_SAFE_INTEGER ? containerLimit : null,
    heapTotalBytes: heapTotal,
    heapUsedBytes: heapUsed,
    heapLimitBytes: limit,
    externalBytes: external,
    arrayBufferBytes: arrayBuffers,
    detachedContexts,
    spaces: Object.fromEntries(
      getHeapSpaceStatistics().map((space) => [
        space.space_name,
        { sizeBytes: space.space_size, usedBytes: space.space_used_size },
      ]),
    ),
  };
}
