import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { z } from "zod";
import { reportSchema } from "./schema.ts";

/** `tsx validation/report/generate-schema.ts` writes it. */
it("is published as a JSON Schema that is up to date", () => {
  const published = JSON.parse(
    readFileSync(new URL("report.schema.json", import.meta.url), "utf8"),
  ) as unknown;
  expect(published).toEqual(JSON.parse(JSON.stringify(z.toJSONSchema(reportSchema))));
});

it("refuses a report with a field that it does not know", () => {
  expect(reportSchema.safeParse({ schemaVersion: 2 }).success).toBe(false);
});
