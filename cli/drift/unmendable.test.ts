import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { driftKey } from "./drift-key.ts";
import type { DriftItem } from "./drift-item.ts";
import { leaveUnmendable, rememberUnmendable } from "./unmendable.ts";

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "astratrade-drift-"));
});
afterAll(() => {
  rmSync(home, { recursive: true, force: true });
});

const shmSize: DriftItem = {
  kind: "container",
  name: "redis",
  urn: "urn:redis",
  property: "shmSize",
  expected: "64 MiB",
  actual: "1 MiB",
  mend: "replace",
};
const stopped: DriftItem = { ...shmSize, property: "state", actual: "stopped", mend: "start" };

test("what a deploy could not mend is left alone, until it is another value", () => {
  rememberUnmendable({ home }, "dev", [shmSize, stopped]);
  const leave = (item: DriftItem) => leaveUnmendable({ home }, "dev", [item])[0]?.mend;
  expect(leave(shmSize)).toBe("none");
  expect(leave({ ...shmSize, actual: "2 MiB" })).toBe("replace");
  // A container that has stopped again has nothing to do with the engine's ways.
  expect(leave(stopped)).toBe("start");
  expect(leaveUnmendable({ home }, "prod", [shmSize])).toEqual([shmSize]);
});

test("once a deploy has mended all, nothing is left alone", () => {
  rememberUnmendable({ home }, "dev", []);
  expect(leaveUnmendable({ home }, "dev", [shmSize])).toEqual([shmSize]);
});

test("a note that nobody can read is none", () => {
  rememberUnmendable({ home }, "dev", [shmSize]);
  writeFileSync(join(home, "drift", "dev.json"), "{");
  expect(leaveUnmendable({ home }, "dev", [shmSize])).toEqual([shmSize]);
});

test("the key is made once, and nobody else may read it", () => {
  const key = driftKey({ home });
  expect(key).toHaveLength(32);
  expect(driftKey({ home })).toEqual(key);
  expect(statSync(join(home, "drift-key")).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(home, "drift-key"), "utf8")).toBe(`${key.toString("base64url")}\n`);
  writeFileSync(join(home, "drift-key"), "");
  expect(() => driftKey({ home })).toThrow(/drift-key is empty\. Delete it/);
});
