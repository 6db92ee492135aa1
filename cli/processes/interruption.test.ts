import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startOfProcess } from "../enter/process-identity.mjs";

/** Signals are sent to a process of its own: in this one they would reach the test runner. */
let folder = "";
const started: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "astratrade-interruption-"));
});
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

interface Command {
  readonly child: ChildProcess;
  /** Waits for a line that it prints, and gives the rest of the line. */
  readonly line: (start: string) => Promise<string>;
  readonly end: () => Promise<{ code: number | null; text: string }>;
}

const module = (name: string) => JSON.stringify(join(import.meta.dirname, name));

function start(body: string, env: Readonly<Record<string, string>> = {}): Command {
  const script = `
    import { spawn } from "node:child_process";
    import { interruptible, takeSignals, refuseAfterSignal } from ${module("interruption.ts")};
    import { askPulumi } from ${module("../pulumi/run-pulumi.ts")};
    const say = (text) => process.stdout.write(text + "\\n");
    const forever = () => new Promise((resolve) => setTimeout(resolve, 60_000));
    const options = { command: "\`npm run up\`", release: () => say("released") };
    try { ${body} } catch (error) { say(error.message); process.exitCode = error.exitCode ?? 1; }`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  started.push(child);
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  }
  const ended = once(child, "close") as Promise<[number | null]>;
  const line = async (startOfLine: string): Promise<string> => {
    const giveUpAt = performance.now() + 10_000;
    for (;;) {
      const found = text.split("\n").find((it) => it.startsWith(startOfLine));
      if (found !== undefined) return found.slice(startOfLine.length);
      if (performance.now() > giveUpAt) throw new Error(`No line "${startOfLine}" in:\n${text}`);
      await delay(10);
    }
  };
  return { child, line, end: async () => ({ code: (await ended)[0], text }) };
}

async function gone(pid: number): Promise<void> {
  const giveUpAt = performance.now() + 10_000;
  while (startOfProcess(pid) !== undefined) {
    if (performance.now() > giveUpAt) throw new Error(`Process ${pid} is still there.`);
    await delay(10);
  }
}

describe("a signal that nothing takes", () => {
  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "%s ends the command with 130, releases, says what next, and ends what it has started",
    async (signal) => {
      const command = start(`
        await interruptible(options, async () => {
          const child = spawn("sleep", ["60"], { stdio: "ignore" });
          say("child " + child.pid);
          await forever();
        });`);
      const pid = Number(await command.line("child "));
      command.child.kill(signal);
      expect(await command.end()).toEqual({
        code: 130,
        text:
          `child ${pid}\nreleased\n\n` +
          "Interrupted. Run `npm run up` again to go on: it first puts right what was left half done.\n",
      });
      await gone(pid);
    },
  );

  test("leaves an engine alone that was started to stay", async () => {
    const command = start(`
      await interruptible(options, async () => {
        const child = spawn("sleep", ["60"], { stdio: "ignore", detached: true });
        say("child " + child.pid);
        await forever();
      });`);
    const pid = Number(await command.line("child "));
    command.child.kill("SIGINT");
    expect((await command.end()).code).toBe(130);
    expect(startOfProcess(pid)).toBeDefined();
    process.kill(pid, "SIGKILL");
  });
});

test("whoever takes signals gets each with its number, and nothing begins after it", async () => {
  const command = start(`
    await interruptible(options, async () => {
      const alive = setInterval(() => {}, 1000);
      await new Promise((resolve) => {
        const giveBack = takeSignals((count) => {
          say("signal " + count);
          if (count === 2) { giveBack(); resolve(); }
        });
        say("taking");
      });
      clearInterval(alive);
      refuseAfterSignal();
      say("went on");
    });`);
  await command.line("taking");
  command.child.kill("SIGINT");
  await command.line("signal 1");
  command.child.kill("SIGTERM");
  const { code, text } = await command.end();
  expect(code).toBe(130);
  expect(text).toContain("signal 2\nInterrupted. Run `npm run up` again");
  expect(text).not.toContain("went on");
});

describe("a Pulumi command", () => {
  const file = (name: string) => join(folder, name);

  /** A program that takes SIGINT as it says, with a child in a group of its own, as plugins are. */
  async function startPulumi(onSignal: string): Promise<{ command: Command; pids: number[] }> {
    writeFileSync(
      file("pulumi"),
      `#!${process.execPath}
      const fs = require("fs");
      const group = ["-c", "set -m; sleep 60 & wait"];
      const child = require("child_process").spawn("sh", group, { stdio: "ignore" });
      process.on("SIGINT", () => { fs.appendFileSync("${file("signals")}", "SIGINT "); ${onSignal} });
      setInterval(() => {}, 1000);
      fs.writeFileSync("${file("pids.new")}", process.pid + " " + child.pid);
      fs.renameSync("${file("pids.new")}", "${file("pids")}");`,
      { mode: 0o755 },
    );
    const command = start(
      `await interruptible(options, () => askPulumi({ env: {} }, ["stack", "ls"]));`,
      { PATH: `${folder}:${process.env.PATH ?? ""}` },
    );
    await appears(file("pids"));
    return { command, pids: readFileSync(file("pids"), "utf8").split(" ").map(Number) };
  }

  test("is asked once to stop in good order, and the command ends with 130", async () => {
    const { command } = await startPulumi('child.kill("SIGKILL"); process.exit(0);');
    command.child.kill("SIGTERM");
    const { code, text } = await command.end();
    expect([code, readFileSync(file("signals"), "utf8")]).toEqual([130, "SIGINT "]);
    expect(text).toContain("Interrupted. Run `npm run up` again");
  });

  test("that does not stop is ended by a second signal, with everything it has started", async () => {
    const { command, pids } = await startPulumi("");
    command.child.kill("SIGINT");
    await appears(file("signals"));
    command.child.kill("SIGINT");
    await command.line("Interrupted. Run `npm run up` again");
    for (const pid of pids) await gone(pid);
    expect(readFileSync(file("signals"), "utf8")).toBe("SIGINT ");
  });
});

async function appears(file: string): Promise<void> {
  const giveUpAt = performance.now() + 10_000;
  while (!existsSync(file)) {
    if (performance.now() > giveUpAt) throw new Error(`There is no ${file}.`);
    await delay(10);
  }
}
