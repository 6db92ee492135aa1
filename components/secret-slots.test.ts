import { expect, test } from "vitest";
import { fillSlots, hasSlots, passwordHashSlot } from "./secret-slots.ts";

const file = `user a on #${passwordHashSlot("a")} +ping\nuser b-c on #${passwordHashSlot("b-c")}\n`;

test("hashes go into their places", () => {
  expect(hasSlots(file)).toBe(true);
  expect(fillSlots(file, { a: "0f", "b-c": "1e" })).toBe("user a on #0f +ping\nuser b-c on #1e\n");
  expect(hasSlots(fillSlots(file, { a: "0f", "b-c": "1e" }))).toBe(false);
});

test("a place that nothing is known for is an error, not an empty password", () => {
  expect(() => fillSlots(file, { a: "0f" })).toThrow('No Redis password is made for "b-c".');
});

test("Prometheus' and Grafana's own braces are no places", () => {
  expect(hasSlots("{{ instance }} {{.Labels}}")).toBe(false);
});
