import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { metricsTable } from "./testing/metrics-table.ts";

test("the guide has the metrics as the gateway exports them", async () => {
  const guide = readFileSync(join(import.meta.dirname, "..", "..", "docs", "gateway.md"), "utf8");
  const rows = (text: string) =>
    text
      .split("\n")
      .filter((line) => /^\| `(gateway|http|trace|events|process|nodejs)_/.test(line))
      .map((line) => line.replaceAll(/ +/g, " "));
  const exported = rows(await metricsTable());
  expect(rows(guide)).toEqual(exported);
  expect(exported.length).toBeGreaterThan(40);
});
