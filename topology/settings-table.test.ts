import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { settingsTable } from "./settings-table.ts";

test("the operating guide has the settings as the schema has them", () => {
  const guide = readFileSync(join(import.meta.dirname, "..", "docs", "operating.md"), "utf8");
  const rows = (text: string) =>
    text
      .split("\n")
      .filter((line) => line.startsWith("| `astratrade:"))
      .map((line) => line.replaceAll(/ +/g, " "));
  expect(rows(guide)).toEqual(rows(settingsTable()));
  expect(rows(guide).every((row) => !row.endsWith("| |"))).toBe(true);
});
