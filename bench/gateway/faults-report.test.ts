import { expect, test } from "vitest";
import { renderFaults } from "./faults-report.ts";

test("a gateway that counts by itself needs no Redis, and one that was never bad has no last bad answer", () => {
  const dead = { statuses: { 503: 1000 }, p95Ms: 2.5, maxMs: 9 };
  const frozen = { statuses: { 200: 1990, timeout: 10 }, p95Ms: 31, maxMs: 12_000 };
  const text = renderFaults({
    windows: [{ title: "Theirs", admitted: 399, refusedTooEarly: 0 }],
    faults: [
      { title: "Ours", frozen, dead, lastBadMs: 1234 },
      { title: "Theirs", frozen: null, dead, lastBadMs: null },
    ],
  });
  expect(text).toContain("| Ours | 200: 1,990, timeout: 10 | 31.0 | 503: 1,000 | 2.50 | 1.23 s |");
  expect(text).toContain("| Theirs | needs no Redis | – | 503: 1,000 | 2.50 | none |");
  expect(text).toContain("| Theirs | 399 | 0 |");
});
