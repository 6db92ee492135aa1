import { expect, test } from "vitest";
import { readRegistration, type Registered } from "./read-preview.ts";

const urn = "urn:pulumi:dev::astratrade::a:b:Platform$docker:index/volume:Volume::redis-data";

function event(op: string, state: unknown): string {
  return JSON.stringify({
    sequence: 1,
    resourcePreEvent: { metadata: { op, urn, type: "docker:index/volume:Volume", new: state } },
  });
}

function read(...lines: string[]) {
  return [...lines.reduce<Registered>(readRegistration, new Map()).values()];
}

test("a registration, with its option", () => {
  expect(read(event("create", { inputs: { name: "v" }, retainOnDelete: true }))).toEqual([
    {
      type: "docker:index/volume:Volume",
      name: "redis-data",
      inputs: { name: "v" },
      retainOnDelete: true,
    },
  ]);
  expect(read(event("same", { inputs: {} }))[0]?.retainOnDelete).toBe(false);
});

test("the last word on a resource counts, and the old half of a replacement is none", () => {
  const lines = [
    event("refresh", { inputs: { name: "old" } }),
    event("delete-replaced", null),
    event("replace", { inputs: { name: "new" } }),
    event("create-replacement", { inputs: { name: "newer" } }),
    event("delete-replaced", { inputs: { name: "old" } }),
  ];
  expect(read(...lines).map(({ inputs }) => inputs)).toEqual([{ name: "newer" }]);
});

test("what registers nothing changes nothing", () => {
  const before: Registered = new Map();
  for (const line of [
    event("delete", null),
    "warning: text",
    '{"resourcePreEvent"',
    '{"resourcePreEvent": 1}',
    JSON.stringify({ diagnosticEvent: { message: '"resourcePreEvent"', severity: "info" } }),
  ]) {
    expect(readRegistration(before, line)).toBe(before);
  }
});
