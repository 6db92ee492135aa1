import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { pinFile } from "../../catalog/home.ts";
import { pinRelease, readPin, unpinRelease, withPin } from "./pin.ts";
import { blueprintWith } from "./testing/records.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "astratrade-pin-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const pin = (release: number) =>
  ({ schemaVersion: 1, release, blueprint: blueprintWith() }) as const;

test("a stack is pinned to a release until it is unpinned", () => {
  expect(readPin({ home }, "dev")).toEqual({ kind: "none" });
  pinRelease({ home }, "dev", pin(3));
  expect(readPin({ home }, "dev")).toEqual({ kind: "pinned", pin: pin(3) });
  expect(readPin({ home }, "prod")).toEqual({ kind: "none" });
  expect(statSync(pinFile(home, "dev")).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(pinFile(home, "dev"), "utf8"))).toEqual(pin(3));
  expect(unpinRelease({ home }, "dev")).toBe(3);
  expect(unpinRelease({ home }, "dev")).toBeNull();
});

test("a pin that cannot be read is said to be damaged, and unpinning removes it", () => {
  mkdirSync(join(home, "pins"));
  writeFileSync(pinFile(home, "dev"), '{"schemaVersion":1,"release":0}');
  expect(readPin({ home }, "dev")).toMatchObject({ kind: "damaged", path: pinFile(home, "dev") });
  expect(unpinRelease({ home }, "dev")).toBeNull();
  expect(readPin({ home }, "dev")).toEqual({ kind: "none" });
});

const state = () => {
  const read = readPin({ home }, "dev");
  return read.kind === "pinned" ? read.pin.release : read.kind;
};

test.each([
  ["none", null, 2],
  [1, 1, 2],
  [1, 1, null],
  ["none", null, null],
])("a deploy that fails before its first change leaves the pin: %s", async (before, from, to) => {
  if (from !== null) pinRelease({ home }, "dev", pin(from));
  const seen: unknown[] = [];
  const deploy = withPin({ home }, "dev", to === null ? null : pin(to), () => {
    seen.push(state());
    return Promise.reject(new Error("refused"));
  });
  await expect(deploy).rejects.toThrow("refused");
  expect([...seen, state()]).toEqual([to ?? "none", before]);
});

test("a deploy that fails half-way, or succeeds, leaves the new pin", async () => {
  pinRelease({ home }, "dev", pin(1));
  const halfWay = withPin({ home }, "dev", pin(2), (onChange) => {
    onChange();
    return Promise.reject(new Error("not healthy"));
  });
  await expect(halfWay).rejects.toThrow("not healthy");
  expect(state()).toBe(2);
  expect(await withPin({ home }, "dev", null, () => Promise.resolve("done"))).toBe("done");
  expect(state()).toBe("none");
});
