import { describe, expect, it } from "vitest";
import { parseOptions } from "./options.ts";

describe("parseOptions", () => {
  it("has the official host's defaults", () => {
    expect(parseOptions({})).toEqual({
      typescript: true,
      nodeArgs: [],
      tsconfig: undefined,
      packageManager: "auto",
    });
  });

  it("takes what is there and passes over other names", () => {
    const options = {
      typescript: false,
      nodeargs: '--import tsx --title "two words"',
      tsconfig: "infra/tsconfig.json",
      packagemanager: "pnpm",
      version: 3,
    };
    expect(parseOptions(options)).toEqual({
      typescript: false,
      nodeArgs: ["--import", "tsx", "--title", "two words"],
      tsconfig: "infra/tsconfig.json",
      packageManager: "pnpm",
    });
  });

  it("lists everything that is wrong, with the value and what is allowed", () => {
    const options = { typescript: "no", nodeargs: '--a "b', tsconfig: 1, packagemanager: "apt" };
    expect(() => parseOptions(options)).toThrow(
      'Pulumi.yaml: runtime.options.typescript is "no"; allowed is true or false; ' +
        "runtime.options.tsconfig is 1; allowed is the path of a tsconfig file; " +
        'runtime.options.packagemanager is "apt"; allowed is auto, npm, yarn, pnpm, bun; ' +
        'runtime.options.nodeargs is "--a \\"b"; allowed is a text with its quotes closed',
    );
  });
});
