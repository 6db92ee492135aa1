import { expect, test } from "vitest";
import { npmCommand } from "./npm-command.ts";

test.each([
  ["up", "dev", [], "npm run up"],
  ["up", "staging", [], "npm run up -- --stack staging"],
  ["rollback", "dev", ["--to", "3"], "npm run rollback -- --to 3"],
  ["up", "staging", ["--adopt"], "npm run up -- --stack staging --adopt"],
] as const)("%s of stack %s with %j", (name, stack, options, command) => {
  expect(npmCommand(name, stack, ...options)).toBe(command);
});
