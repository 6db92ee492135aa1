import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { commandOf } from "./ours.ts";

test("the command is that of the image", () => {
  const dockerfile = join(import.meta.dirname, "..", "..", "..", "runtime", "Dockerfile");
  const command = commandOf(readFileSync(dockerfile, "utf8"));
  expect(command[0]).toBe("node");
  expect(command.at(-1)).toBe("/app/main.mjs");
  expect(() => commandOf("FROM scratch")).toThrow();
});
