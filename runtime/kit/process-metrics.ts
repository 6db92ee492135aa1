import { readdirSync, readFileSync } from "node:fs";
import { type IntervalHistogram, monitorEventLoopDelay, performance } from "node:perf_hooks";
import { getHeapSpaceStatistics } from "node:v8";
import { Counter, Gauge, type Registry } from "prom-client";

/**
 * The process' own figures, under prom-client's names. Its ready-made set would do more than is wanted here: it watches every
 * garbage collection, which is felt in the answers' times, and lists every open socket at each scrape, which grows with the
 * load.
 */
export function collectProcessMetrics(registry: Registry): void {
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number | undefined): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        const value = read();
        if (value !== undefined) this.set(value);
      },
    });
  };
  collectCpu(registers);
  collectEventLoop(registers, gauge);

  const startedSeconds = Math.round(performance.timeOrigin / 1000);
  gauge(
    "process_start_time_seconds",
    "When the process started, in Unix time.",
    () => startedSeconds,
  );
  gauge("process_resident_memory_bytes", "Memory that the process holds.", () =>
    process.memoryUsage.rss(),
  );
  gauge("process_open_fds", "Open files and sockets.", countOpenFiles);
  const maxFiles = readMaxFiles();
  gauge("process_max_fds", "Open files and sockets that it may have.", () => maxFiles);
  gauge("nodejs_heap_size_total_bytes", "Memory of the JavaScript heap.", () => {
    const { heapTotal } = process.memoryUsage();
    return heapTotal;
  });
  gauge("nodejs_heap_size_used_bytes", "Part of it that is used.", () => {
    const { heapUsed } = process.memoryUsage();
    return heapUsed;
  });
  gauge(
    "nodejs_external_memory_bytes",
    "Memory of buffers and other things outside the heap.",
    () => {
      const { external } = process.memoryUsage();
      return external;
    },
  );
  new Gauge({
    name: "nodejs_heap_space_size_used_bytes",
    help: "Used memory of the heap, by space.",
    labelNames: ["space"],
    registers,
    collect() {
      for (const { space_name: name, space_used_size: used } of getHeapSpaceStatistics()) {
        this.set({ space: name.replace(/_space$/, "") }, used);
      }
    },
  });
  new Gauge({
    name: "nodejs_version_info",
    help: "1, with the version of Node as a label.",
    labelNames: ["version"],
    registers,
  }).set({ version: process.version }, 1);
}

function collectCpu(registers: Registry[]): void {
  const of = (name: string, help: string, part: (usage: NodeJS.CpuUsage) => number): void => {
    let countedMicros = 0;
    new Counter({
      name,
      help,
      registers,
      collect() {
        const micros = part(process.cpuUsage());
        this.inc((micros - countedMicros) / 1e6);
        countedMicros = micros;
      },
    });
  };
  of("process_cpu_user_seconds_total", "CPU time in the program's own code.", ({ user }) => user);
  of("process_cpu_system_seconds_total", "CPU time in the kernel.", ({ system }) => system);
  of("process_cpu_seconds_total", "CPU time in all.", ({ user, system }) => user + system);
}

/** At the default of 10 ms the monitor itself takes a noticeable part of half a core. */
const lagResolutionMs = 100;

function collectEventLoop(
  registers: Registry[],
  gauge: (name: string, help: string, read: () => number | undefined) => void,
): void {
  const delays: IntervalHistogram = monitorEventLoopDelay({ resolution: lagResolutionMs });
  delays.enable();
  // What is measured is the time between two looks, so the resolution is part of each. Nothing is known before the first.
  const seconds = (nanos: number): number | undefined =>
    delays.count === 0 ? undefined : Math.max(0, nanos / 1e9 - lagResolutionMs / 1000);
  gauge("nodejs_eventloop_lag_seconds", "Mean delay of the event loop since the last scrape.", () =>
    seconds(delays.mean),
  );
  gauge("nodejs_eventloop_lag_p50_seconds", "Its median.", () => seconds(delays.percentile(50)));
  gauge("nodejs_eventloop_lag_p99_seconds", "Its 99th percentile.", () =>
    seconds(delays.percentile(99)),
  );
  gauge("nodejs_eventloop_lag_max_seconds", "The longest one.", () => {
    const longest = seconds(delays.max);
    // The last of the four that is collected: the next scrape begins anew.
    delays.reset();
    return longest;
  });

  let before = performance.eventLoopUtilization();
  let ratio = 0;
  new Gauge({
    name: "nodejs_eventloop_utilization_ratio",
    help: "Part of the time that the event loop was busy, since the last scrape.",
    registers,
    collect() {
      const now = performance.eventLoopUtilization();
      const { utilization, idle, active } = performance.eventLoopUtilization(now, before);
      // Two scrapes right after each other would say something about the first of them.
      if (idle + active >= 500) {
        ratio = utilization;
        before = now;
      }
      this.set(ratio);
    },
  });
}

function countOpenFiles(): number | undefined {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return undefined;
  }
}

function readMaxFiles(): number | undefined {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    return limit === undefined ? undefined : Number(limit);
  } catch {
    return undefined;
  }
}
