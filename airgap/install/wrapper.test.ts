import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { isWrapper, wrapperScript } from "./wrapper.ts";

/** A folder with blanks and quotes in its name, and in it a wrapper whose "bundle" prints what it got. */
function wrapperIn(node = process.execPath): { folder: string; executable: string } {
  const folder = mkdtempSync(join(tmpdir(), 'it\'s a "wrapper" '));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "bundles"));
  writeFileSync(
    join(folder, "bundles/main.mjs"),
    "console.log(JSON.stringify([process.argv.slice(2), process.env.A_VERSION, process.ppid]));",
  );
  const executable = join(folder, "plugin");
  writeFileSync(executable, wrapperScript(node, "bundles/main.mjs", { A_VERSION: "it's 1" }));
  chmodSync(executable, 0o755);
  return { folder, executable };
}

function run(command: string, args: readonly string[], cwd?: string): unknown {
  return JSON.parse(execFileSync(command, args, { encoding: "utf8", ...(cwd && { cwd }) }));
}

describe("wrapperScript", () => {
  it("passes arguments and environment, and leaves no shell between", () => {
    const { executable } = wrapperIn();
    const args = ["--flag", "two words", "127.0.0.1:5"];
    expect(run(executable, args)).toEqual([args, "it's 1", process.pid]);
  });

  it("finds its bundle through links, absolute and relative ones", () => {
    const { folder, executable } = wrapperIn();
    mkdirSync(join(folder, "bin"));
    symlinkSync(executable, join(folder, "bin/absolute"));
    symlinkSync("../bin/absolute", join(folder, "bin/relative"));
    expect(run(join(folder, "bin/relative"), ["x"])).toEqual([["x"], "it's 1", process.pid]);
  });

  it("runs when a shell is told its bare name", () => {
    const { folder } = wrapperIn();
    expect(run("sh", ["plugin", "x"], folder)).toEqual([["x"], "it's 1", process.pid]);
  });

  it("says what to do when its Node is gone", () => {
    const { executable } = wrapperIn("/nowhere/node");
    const { status, stderr } = spawnSync(executable, { encoding: "utf8" });
    expect(status).toBe(1);
    expect(stderr).toBe(
      `${executable}: there is no Node at /nowhere/node any more; run npm run setup again\n`,
    );
  });
});

it("tells a wrapper from anything else", () => {
  expect(isWrapper(wrapperScript("/node", "main.mjs", {}))).toBe(true);
  expect(isWrapper("#!/bin/sh\nexec /opt/pulumi/real\n")).toBe(false);
});
