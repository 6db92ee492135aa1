import { expect, test } from "vitest";
import { parseStackState, revealSecret } from "./stack-state.ts";

const secret = (value: unknown) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  plaintext: JSON.stringify(value),
});

test("a state gives its resources and the operations that were under way", () => {
  const redis = { urn: "urn:redis", type: "docker:index/container:Container" };
  const state = parseStackState({
    version: 3,
    deployment: {
      resources: [{ ...redis, id: "0a1b", inputs: { name: "redis" }, delete: true }],
      pending_operations: [{ resource: redis, type: "creating" }],
    },
  });
  expect(state.resources).toEqual([
    {
      ...redis,
      id: "0a1b",
      inputs: { name: "redis" },
      outputs: {},
      delete: true,
      initErrors: [],
      ignoreChanges: [],
    },
  ]);
  expect(state.pendingOperations).toMatchObject([
    { type: "creating", resource: { urn: "urn:redis" } },
  ]);
});

test("a stack that was never deployed has no resources", () => {
  expect(parseStackState({ version: 3, deployment: {} })).toEqual({
    resources: [],
    pendingOperations: [],
  });
  expect(parseStackState({ version: 3 }).resources).toEqual([]);
});

test("a secret is opened, and everything else is as it was", () => {
  expect(revealSecret(secret(["A=1"]))).toEqual({ value: ["A=1"], isSecret: true });
  expect(revealSecret(["A=1"])).toEqual({ value: ["A=1"], isSecret: false });
  expect(revealSecret({ plaintext: '"no mark"' })).toEqual({
    value: { plaintext: '"no mark"' },
    isSecret: false,
  });
  const encrypted = { ...secret(0), plaintext: undefined, ciphertext: "v1:abc" };
  expect(revealSecret(encrypted)).toEqual({ value: undefined, isSecret: true });
});
