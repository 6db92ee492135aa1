import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findingsTables } from "./findings-tables.ts";
import { findingGroups } from "./groups/index.ts";

test("docs/preflight.md has every finding as the code has it", () => {
  const path = join(import.meta.dirname, "..", "..", "docs", "preflight.md");
  const rows = (text: string) =>
    text
      .split("\n")
      .filter((line) => /^\| `[a-z]+\.[a-z-]+` /.test(line))
      .map((line) => line.replaceAll(/ +/g, " "));
  expect(rows(readFileSync(path, "utf8"))).toEqual(rows(findingsTables()));
});

test("whatever is a warning or a refusal has a way out", () => {
  const without = findingGroups.flatMap(({ name, kinds }) =>
    Object.entries(kinds)
      .filter(([, it]) => ["warning", "refusal"].includes(it.severity) && it.remedy === undefined)
      .map(([kind]) => `${name}.${kind}`),
  );
  expect(without).toEqual([]);
});
