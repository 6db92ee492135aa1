import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { outputsOf, parseStackState, readStackState, revealSecret } from "./stack-state.ts";
import { hasStack } from "./stacks.ts";

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

describe("with a local backend", () => {
  let root = "";
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "astratrade-state-"));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  // No program is on this path: whoever asks the CLI fails.
  const setting = () => ({ env: { PULUMI_BACKEND_URL: `file://${root}`, PATH: root } });

  function write(text: string): void {
    const folder = join(root, ".pulumi", "stacks", "astratrade");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "dev.json"), text);
  }

  test("the outputs are read without the CLI", async () => {
    const outputs = { deployment: { gatewayUrl: "http://127.0.0.1:8000" } };
    const stack = { urn: "urn:stack", type: "pulumi:pulumi:Stack", outputs };
    write(JSON.stringify({ version: 3, checkpoint: { latest: { resources: [stack] } } }));
    expect(outputsOf(await readStackState(setting(), "dev"))).toEqual(outputs);
    expect(await hasStack(setting(), "dev")).toBe(true);
  });

  test("a folder that is gone holds no stack", async () => {
    rmSync(root, { recursive: true });
    expect(await hasStack(setting(), "dev")).toBe(false);
  });

  test("a stack that is down has no outputs", async () => {
    write(JSON.stringify({ version: 3, checkpoint: { latest: null } }));
    expect(outputsOf(await readStackState(setting(), "dev"))).toEqual({});
  });

  test.each(["", '{"version":3,"checkp'])("a damaged file %j is left to the CLI", async (text) => {
    write(text);
    await expect(readStackState(setting(), "dev")).rejects.toThrow("ENOENT");
  });
});
