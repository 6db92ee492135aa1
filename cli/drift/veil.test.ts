import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { createVeil } from "./veil.ts";

const veil = createVeil({ key: Buffer.from("key"), secrets: ["correct-horse", "abc"] });

test.each([
  ["LOG_LEVEL", "info", true],
  ["REDIS_PASSWORD", "info", false],
  ["API_TOKEN", "info", false],
  ["SIGNING_KEY", "info", false],
  ["AUTH_MODE", "header", false],
  ["NOTE", "say correct-horse aloud", false],
  ["NOTE", createHash("sha256").update("correct-horse").digest("hex"), false],
  ["URL", "redis://me:pw@redis:6379", false],
  ["URL", "redis://redis:6379", true],
  // A secret of three letters would hide ordinary words.
  ["NOTE", "abc", true],
] as const)("%s=%s is shown: %s", (name, value, isShown) => {
  const shown = veil.named(name, value);
  if (isShown) expect(shown).toBe(value);
  else expect(shown).toMatch(/^hidden \(hmac [0-9a-f]{12}\)$/);
});

test("the same value has the same hash, and another key gives another", () => {
  expect(veil.hidden("a")).toBe(veil.hidden("a"));
  expect(veil.hidden("a")).not.toBe(veil.hidden("b"));
  const other = createVeil({ key: Buffer.from("other"), secrets: [] });
  expect(other.hidden("a")).not.toBe(veil.hidden("a"));
});

test("command lines keep their words, but for those that are secrets", () => {
  const hidden = (value: string) => veil.hidden(value);
  expect(veil.words(["sh", "-c", "sleep 9"])).toBe('sh -c "sleep 9"');
  expect(veil.words(["redis-server", "--requirepass", "x", "--port", "1"])).toBe(
    `redis-server --requirepass ${hidden("x")} --port 1`,
  );
  expect(veil.words(["--token=x"])).toBe(hidden("--token=x"));
  expect(veil.words(["correct-horse"])).toBe(hidden("correct-horse"));
});

test.each([
  ["requirepass x", true],
  ['"api_key": "x"', true],
  ["interval: 5s", false],
  ["-password=x", true],
] as const)("a line %s may set a secret: %s", (line, sets) => {
  expect(veil.setsSecret(line)).toBe(sets);
});
