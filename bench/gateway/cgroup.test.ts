import { expect, test } from "vitest";
import { cgroupVersion, field } from "./cgroup.ts";

test("control groups of version 2 are those whose root is mounted as such", () => {
  const first = "cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0";
  const hybrid = "cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0";
  expect(cgroupVersion([first, hybrid].join("\n"))).toBe(1);
  expect(cgroupVersion("cgroup2 /sys/fs/cgroup cgroup2 rw 0 0")).toBe(2);
});

test("a field is found by its whole name", () => {
  const text = "cache 10\nrss 20\ntotal_rss 30\n";
  expect(field(text, "total_rss")).toBe(30);
  expect(field(text, "rss")).toBe(20);
  expect(() => field(text, "anon")).toThrow("anon is not in the control group's file");
});
