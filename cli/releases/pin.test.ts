import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { pinFile } from "../../catalog/home.ts";
import { pinRelease, readPin, restorePin, unpinRelease } from "./pin.ts";
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

test("a pin is put back as it was", () => {
  const earlier = [readPin({ home }, "dev")];
  pinRelease({ home }, "dev", pin(1));
  earlier.push(readPin({ home }, "dev"));
  for (const state of earlier) {
    pinRelease({ home }, "dev", pin(2));
    restorePin({ home }, "dev", state);
    expect(readPin({ home }, "dev")).toEqual(state);
  }
});
