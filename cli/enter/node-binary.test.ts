import { expect, test } from "vitest";
import { isRecentEnough } from "./node-binary.mjs";

test.each([
  ["20.20.2", { lts: "Iron" }, false],
  ["24.0.0", {}, true],
  ["24.21.0", { lts: "Krypton" }, true],
  ["25.3.0", {}, false],
  ["26.1.0", {}, false],
  ["26.10.0", { lts: "X" }, true],
])("Node %s with %j: %s", (version, release, enough) => {
  expect(isRecentEnough(version, release)).toBe(enough);
});
