import { describe, expect, it } from "vitest";
import { deploymentFixture } from "../testing/deployment.ts";
import { evidenceFixture, withContainer } from "../testing/evidence.ts";
import { parseCgroup } from "./cgroups.ts";
import { countSamples } from "./gateway.ts";
import { percentile } from "./load.ts";
import { lastLines, unwellContainers } from "./logs.ts";
import { parseTargets } from "./monitoring.ts";
import { appendOnlySetting } from "./redis.ts";

const sections = (files: Record<string, string>): string =>
  Object.entries(files)
    .map(([name, content]) => `@${name}\n${content}\n`)
    .join("");

describe("parseCgroup", () => {
  const v1 = {
    "memory/memory.limit_in_bytes": "536870912",
    "memory/memory.memsw.limit_in_bytes": "536870912",
    "cpu/cpu.cfs_quota_us": "50000",
    "cpu/cpu.cfs_period_us": "100000",
    "memory/memory.usage_in_bytes": "1000",
    "memory/memory.stat": "cache 5\ninactive_file 100\ntotal_inactive_file 300",
  };
  const v2 = {
    "memory.max": "536870912",
    "memory.swap.max": "0",
    "cpu.max": "50000 100000",
    "memory.current": "1000",
    "memory.stat": "anon 5\ninactive_file 300",
  };
  const limits = {
    memoryBytes: 536870912,
    memorySwapBytes: 536870912,
    nanoCpus: 500_000_000,
    workingSetBytes: 700,
  };

  it("reads both versions to the same", () => {
    expect(parseCgroup("1", sections(v1))).toEqual(limits);
    expect(parseCgroup("2", sections(v2))).toEqual(limits);
  });

  it("knows each version's way to write no limit", () => {
    const none = { memoryBytes: null, memorySwapBytes: null, nanoCpus: null, workingSetBytes: 700 };
    const huge = "9223372036854771712";
    expect(
      parseCgroup(
        "1",
        sections({
          ...v1,
          "memory/memory.limit_in_bytes": huge,
          "memory/memory.memsw.limit_in_bytes": huge,
          "cpu/cpu.cfs_quota_us": "-1",
        }),
      ),
    ).toEqual(none);
    expect(
      parseCgroup(
        "2",
        sections({ ...v2, "memory.max": "max", "memory.swap.max": "max", "cpu.max": "max 100000" }),
      ),
    ).toEqual(none);
  });

  it("adds swap to memory in version 2", () => {
    const swapping = sections({ ...v2, "memory.swap.max": "1024" });
    expect(parseCgroup("2", swapping).memorySwapBytes).toBe(536870912 + 1024);
  });

  it("takes a missing swap file for a kernel that does not count swap", () => {
    const withoutSwap = sections(v1).replace(/@memory\/memory\.memsw.*\n.*\n/, "");
    expect(withoutSwap).not.toContain("memsw");
    expect(parseCgroup("1", withoutSwap).memorySwapBytes).toBeNull();
  });

  it("takes a missing controller for one that limits nothing", () => {
    const memoryOnly = sections({ "memory.max": "536870912", "memory.current": "1000" });
    expect(parseCgroup("2", memoryOnly)).toEqual({
      memoryBytes: 536870912,
      memorySwapBytes: null,
      nanoCpus: null,
      workingSetBytes: 1000,
    });
  });

  it("refuses what is not a cgroup's content", () => {
    expect(() => parseCgroup("2", "")).toThrow("no cgroup file can be read in /sys/fs/cgroup");
    expect(() => parseCgroup("2", sections({ ...v2, "memory.max": "much" }))).toThrow(
      '"much" is no cgroup limit',
    );
  });
});

it("countSamples counts lines with values and names each metric once", () => {
  const text =
    '# HELP a x\n# TYPE a counter\na{b="c d"} 1\na 2 1700000000\n\nbad line here\nz:y 1e3\n';
  expect(countSamples(text)).toEqual({ samples: 4, names: ["a", "bad", "z:y"] });
});

describe("percentile", () => {
  const oneToHundred = Array.from({ length: 100 }, (_, index) => index + 1);
  it.each([
    [oneToHundred, 95, 95],
    [oneToHundred, 100, 100],
    [oneToHundred, 50, 50],
    [[3, 1, 2], 50, 2],
    [[7], 95, 7],
  ])("of %j at %i is %i", (values, percent, expected) => {
    expect(percentile(values, percent)).toBe(expected);
  });

  it("of nothing is no number", () => {
    expect(percentile([], 95)).toBeNaN();
  });
});

it("lastLines keeps the last twenty, cut and without control sequences", () => {
  const many = Array.from({ length: 30 }, (_, index) => `line ${index}`).join("\n");
  const lines = lastLines(`${many}\n\u001b[31mred\u001b[0m\r\n\n${"x".repeat(600)}\n`);
  expect(lines).toHaveLength(20);
  expect(lines[0]).toBe("line 12");
  expect(lines.at(-2)).toBe("red");
  expect(lines.at(-1)).toBe(`${"x".repeat(500)}…`);
});

it("unwellContainers are those that exist and do not run, are not healthy or were restarted", () => {
  const deployment = deploymentFixture();
  const evidence = evidenceFixture(deployment);
  const unwell = (name: string, change: object) =>
    unwellContainers(deployment, withContainer(evidence, name, change));
  expect(unwellContainers(deployment, evidence)).toEqual([]);
  expect(unwell("redis", { status: "exited" })).toEqual(["redis"]);
  expect(unwell("redis", { health: "starting" })).toEqual(["redis"]);
  expect(unwell("redis", { restartCount: 1 })).toEqual(["redis"]);
  expect(unwell("redis", { exists: false })).toEqual([]);
});

it.each([
  [["redis-server", "--appendonly", "yes"], "", "yes"],
  [["redis-server", "--appendonly", "no"], "appendonly yes\n", "no"],
  [["redis-server", "/etc/redis.conf"], "dir /data\nappendonly yes\n", "yes"],
  [["redis-server"], "", null],
  [["redis-server", "--appendonly"], "", null],
])("appendOnlySetting of %j with %j is %j", (command, configLines, expected) => {
  expect(appendOnlySetting(command, configLines)).toBe(expected);
});

it("parseTargets refuses an answer of another shape", () => {
  expect(() => parseTargets({ status: "error" })).toThrow("data");
});
