import { readFile } from "node:fs/promises";

/** What the kernel says of a container's CPU limit. All of it only grows. */
export interface CpuThrottling {
  /** Periods of, mostly, 100 ms in which the container had something to do. */
  readonly periods: number;
  /** Those in which it had used up its share and had to wait. */
  readonly throttledPeriods: number;
  readonly throttledSeconds: number;
}

/** cgroup v2, then v1 as containers and hosts have it. */
const files = [
  "/sys/fs/cgroup/cpu.stat",
  "/sys/fs/cgroup/cpu/cpu.stat",
  "/sys/fs/cgroup/cpu,cpuacct/cpu.stat",
];

const keptForMs = 1000;

/**
 * @param read a file's text; rejects where there is none
 * @returns a function that reads anew at most once a second; null where the kernel says nothing, as without a limit
 */
export function cpuThrottlingReader(
  nowMs: () => number = () => performance.now(),
  read: (path: string) => Promise<string> = (path) => readFile(path, "utf8"),
): () => Promise<CpuThrottling | null> {
  let last: Promise<CpuThrottling | null> = Promise.resolve(null);
  let readAtMs = Number.NEGATIVE_INFINITY;
  return () => {
    if (nowMs() - readAtMs >= keptForMs) {
      readAtMs = nowMs();
      last = firstThatSays(read);
    }
    return last;
  };
}

async function firstThatSays(
  read: (path: string) => Promise<string>,
): Promise<CpuThrottling | null> {
  for (const file of files) {
    const found = parseCpuStat(await read(file).catch(() => ""));
    if (found !== null) return found;
  }
  return null;
}

/** @param text of `cpu.stat`: v1 has nanoseconds in `throttled_time`, v2 microseconds in `throttled_usec` */
export function parseCpuStat(text: string): CpuThrottling | null {
  const values = new Map(
    text.split("\n").map((line) => {
      const [key = "", value = ""] = line.split(" ");
      return [key, Number(value)] as const;
    }),
  );
  const periods = values.get("nr_periods");
  const throttledPeriods = values.get("nr_throttled");
  if (periods === undefined || throttledPeriods === undefined) return null;
  const micros = values.get("throttled_usec");
  const throttledSeconds =
    micros === undefined ? (values.get("throttled_time") ?? 0) / 1e9 : micros / 1e6;
  return { periods, throttledPeriods, throttledSeconds };
}
