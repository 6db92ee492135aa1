import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { describeExit, runProgram } from "./run-program.ts";
import { projectWithRunScript, runOf } from "./testing/projects.ts";

const never = new AbortController().signal;

describe("runProgram", () => {
  it("runs the SDK's script under this Node, with arguments and environment", async () => {
    const folder = projectWithRunScript(`
      const { PATH, PULUMI_CONFIG } = process.env;
      const seen = { argv: process.argv, execPath: process.execPath, PATH, PULUMI_CONFIG };
      require("node:fs").writeFileSync(__dirname + "/seen.json", JSON.stringify(seen));
    `);
    const run = runOf(folder, { config: new Map([["shop:a", "b"]]) });
    expect(await runProgram(run, never)).toEqual({ error: "", bail: false });
    const script = join(folder, "node_modules/@pulumi/pulumi/cmd/run/index.js");
    const seen = JSON.parse(readFileSync(join(script, "../seen.json"), "utf8")) as {
      argv: string[];
    };
    expect(seen).toMatchObject({
      execPath: process.execPath,
      PATH: process.env["PATH"],
      PULUMI_CONFIG: '{"shop:config:a":"b"}',
    });
    expect(seen.argv.slice(1, 4)).toEqual([script, "--monitor", "127.0.0.1:1"]);
  });

  it.each([
    ["process.exit(32)", { error: "", bail: true }],
    ["process.exit(7)", { error: "Program exited with non-zero exit code: 7", bail: false }],
    [
      "process.kill(process.pid, 'SIGTERM')",
      { error: "Program was killed by SIGTERM", bail: false },
    ],
  ])("reports how the program ended: %s", async (script, outcome) => {
    expect(
      await runProgram(runOf(projectWithRunScript(`${script};setInterval(() => {}, 9)`)), never),
    ).toEqual(outcome);
  });

  it.each([
    ["goes at SIGINT", ""],
    ["ignores SIGINT", "process.on('SIGINT', () => {});"],
  ])("ends a program that %s when the run is cancelled", async (_, handler) => {
    const folder = projectWithRunScript(
      `${handler} require("node:fs").writeFileSync(__dirname + "/../started", ""); ` +
        "setInterval(() => {}, 1000);",
    );
    const cancelled = new AbortController();
    const outcome = runProgram(runOf(folder), cancelled.signal);
    await created(join(folder, "node_modules/@pulumi/pulumi/cmd"), "started");
    cancelled.abort();
    expect(await outcome).toEqual({ error: "the program was cancelled", bail: false });
  });

  it("does not start a program when the run is cancelled already", async () => {
    const folder = projectWithRunScript("process.exit(32)");
    await expect(runProgram(runOf(folder), AbortSignal.abort())).rejects.toThrow("aborted");
  });
});

it("names the likely cause when the heap or the memory was full", () => {
  for (const killedBy of ["SIGABRT", "SIGKILL"]) {
    expect(describeExit(null, killedBy, false).error).toBe(
      `Program was killed by ${killedBy}; this is how a program ends that ran out of memory ` +
        '(raise it with nodeargs "--max-old-space-size=<MiB>")',
    );
  }
});

/** Resolves when a file of that name is in the folder. */
async function created(folder: string, name: string): Promise<void> {
  await new Promise<void>((resolve) => {
    const watcher = watch(folder, () => check());
    const check = () => {
      if (!existsSync(join(folder, name))) return;
      watcher.close();
      resolve();
    };
    check();
  });
}

it("takes the program along when the host ends first", async () => {
  const folder = projectWithRunScript(
    "process.on('SIGINT', () => {}); console.log(process.pid); setInterval(() => {}, 1000);",
  );
  const host = join(folder, "host.ts");
  const module = join(import.meta.dirname, "run-program.ts");
  writeFileSync(
    host,
    `import { runProgram } from ${JSON.stringify(module)};
     void runProgram(${JSON.stringify({ ...runOf(folder), config: [] })}, new AbortController().signal);
     process.stdin.once("data", () => process.exit(0));`,
  );
  const child = spawn(process.execPath, ["--import", "tsx", host], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [started] = (await once(child.stdout, "data")) as [Buffer];
  child.stdin.write("end\n");
  await once(child, "exit");
  await vi.waitFor(() => expect(() => process.kill(Number(started), 0)).toThrow("ESRCH"), 5_000);
});
