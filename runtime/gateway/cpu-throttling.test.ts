import { expect, test } from "vitest";
import { cpuThrottlingReader, parseCpuStat } from "./cpu-throttling.ts";

const v1 = "nr_periods 120\nnr_throttled 30\nthrottled_time 1500000000\n";
const v2 =
  "usage_usec 900\nuser_usec 500\nsystem_usec 400\nnr_periods 120\nnr_throttled 30\nthrottled_usec 1500000\nnr_bursts 0\n";

test.each([
  ["cgroup v1", v1],
  ["cgroup v2", v2],
])("%s is read, whatever its units", (_name, text) => {
  expect(parseCpuStat(text)).toEqual({ periods: 120, throttledPeriods: 30, throttledSeconds: 1.5 });
});

test("a group without a limit says nothing", () => {
  expect(parseCpuStat("usage_usec 900\nuser_usec 500\n")).toBeNull();
  expect(parseCpuStat("")).toBeNull();
});

test("the first file that says something is taken, and read at most once a second", async () => {
  let now = 0;
  const read: string[] = [];
  const throttling = cpuThrottlingReader(
    () => now,
    (path) => {
      read.push(path);
      return path.includes("/cpu/")
        ? Promise.resolve(v1)
        : Promise.reject(new Error("ENOENT: no such file"));
    },
  );
  expect((await throttling())?.throttledPeriods).toBe(30);
  now = 999;
  await throttling();
  expect(read).toEqual(["/sys/fs/cgroup/cpu.stat", "/sys/fs/cgroup/cpu/cpu.stat"]);
  now = 1000;
  await throttling();
  expect(read).toHaveLength(4);
});

test("where there is no such file, nothing is known, and nothing fails", async () => {
  const throttling = cpuThrottlingReader(
    () => 0,
    () => Promise.reject(new Error("ENOENT: no such file")),
  );
  expect(await throttling()).toBeNull();
});
