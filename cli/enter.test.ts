import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { repositoryRoot } from "./paths.ts";

/** A small clone with the real entry script, a main.ts that says what it got, and an npm that only takes notes. */
let clone: string;

const lockFile = JSON.stringify({
  packages: { "": {}, "node_modules/left": { version: "1.0.0" } },
});
const main = `
const [command] = process.argv.slice(2);
if (command === "wait") {
  process.on("SIGINT", () => console.log("SIGINT"));
  process.on("SIGTERM", () => { console.log("SIGTERM"); process.exit(7); });
  setInterval(() => undefined, 1000);
}
console.log(JSON.stringify({ args: process.argv.slice(2), cwd: process.cwd() }));
if (command === "exit") process.exitCode = 5;
if (command === "die") process.kill(process.pid, "SIGKILL");
`;
/** What \`npm ci\` leaves: the packages, and npm's own record of them. It takes long enough for two to meet. */
const npm = `#!/bin/sh
echo "$@" >> npm-calls
[ -e npm-fails ] && { echo "npm says why" >&2; exit 9; }
sleep 0.3
rm -rf node_modules; mkdir node_modules
ln -s "$REAL_MODULES/tsx" node_modules/tsx
cp package-lock.json node_modules/.package-lock.json
`;

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), "astratrade-enter-"));
  cpSync(join(repositoryRoot, "cli/enter.mjs"), join(clone, "cli/enter.mjs"));
  cpSync(join(repositoryRoot, "cli/enter"), join(clone, "cli/enter"), { recursive: true });
  writeFileSync(join(clone, "package.json"), '{"type": "module"}');
  writeFileSync(join(clone, "package-lock.json"), lockFile);
  writeFileSync(join(clone, "cli/main.ts"), main);
  mkdirSync(join(clone, "bin"));
  writeFileSync(join(clone, "bin/npm"), npm);
  chmodSync(join(clone, "bin/npm"), 0o755);
});
afterEach(() => rmSync(clone, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(...args: string[]): { child: ChildProcess; ended: Promise<Ended> } {
  return startWith({}, ...args);
}

function startWith(
  env: Readonly<Record<string, string>>,
  ...args: string[]
): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [join(clone, "cli/enter.mjs"), ...args], {
    cwd: tmpdir(),
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: `${join(clone, "bin")}:${process.env.PATH ?? ""}`,
      HOME: clone,
      ASTRATRADE_CACHE: join(clone, "cache"),
      REAL_MODULES: dirname(dirname(dirname(createRequire(import.meta.url).resolve("tsx")))),
      ...env,
    },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<Ended>((resolve) =>
    child.once("close", (code) => resolve({ code, stdout, stderr })),
  );
  return { child, ended };
}

function npmCalls(): string[] {
  const path = join(clone, "npm-calls");
  return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
}

function installedAs(lock: string): void {
  const modules = join(clone, "node_modules");
  mkdirSync(modules);
  symlinkSync(join(repositoryRoot, "node_modules/tsx"), join(modules, "tsx"));
  writeFileSync(join(modules, ".package-lock.json"), lock);
}

function stamp(): string {
  return readFileSync(join(clone, "node_modules/.astratrade-lock"), "utf8").trim();
}

const hash = createHash("sha256").update(lockFile).digest("hex");

describe("packages", () => {
  test("a fresh clone is installed once, with one line why, and standard output stays clean", async () => {
    const first = await start("env").ended;
    expect(first.code).toBe(0);
    expect(JSON.parse(first.stdout)).toEqual({ args: ["env"], cwd: tmpdir() });
    expect(first.stderr).toMatch(
      /^Installing npm packages: there is no node_modules folder yet\. .*\nInstalled npm packages in \d+ s\.\n$/,
    );
    expect(npmCalls()).toEqual([
      "ci --ignore-scripts --no-audit --no-fund --include=dev --include=optional",
    ]);
    expect(stamp()).toBe(hash);

    const second = await start("env").ended;
    expect([second.code, second.stderr]).toEqual([0, ""]);
    expect(npmCalls()).toHaveLength(1);
  });

  test("a changed lock file is installed again, and the reason names a package", async () => {
    installedAs(lockFile.replace("1.0.0", "0.9.0"));
    const { stderr } = await start("env").ended;
    expect(stderr).toContain("1 of the packages in package-lock.json are missing or differ");
    expect(stderr).toContain("node_modules/left for one");
    expect(npmCalls()).toHaveLength(1);
  });

  test("packages that someone else installed are used as they are", async () => {
    installedAs(lockFile);
    expect(await start("env").ended).toMatchObject({ code: 0, stderr: "" });
    expect(npmCalls()).toEqual([]);
    expect(stamp()).toBe(hash);
  });

  test("an installation that broke off is done again", async () => {
    mkdirSync(join(clone, "node_modules"));
    const { stderr } = await start("env").ended;
    expect(stderr).toContain("an earlier installation did not finish");
  });

  test("two starts at once install once", async () => {
    const ends = await Promise.all([start("env").ended, start("env").ended]);
    expect(ends.map(({ code }) => code)).toEqual([0, 0]);
    expect(npmCalls()).toHaveLength(1);
    expect(ends.map(({ stderr }) => stderr).join("")).toMatch(
      /Process \d+ is installing npm packages for this clone; waiting for it\./,
    );
    expect(readdirSync(join(clone, "cache/locks"))).toEqual([]);
  });

  test("the lock of a start that was killed does not hold up the next", async () => {
    const dead = spawn("true");
    await new Promise((resolve) => dead.once("exit", resolve));
    await start("env").ended;
    rmSync(join(clone, "node_modules"), { recursive: true });
    const name = createHash("sha256").update(clone).digest("hex").slice(0, 16);
    const lock = join(clone, "cache/locks", `install-${name}.lock`);
    const host = execFileSync("hostname").toString().trim();
    writeFileSync(lock, JSON.stringify({ pid: dead.pid, host, id: "x" }));
    expect(await start("env").ended).toMatchObject({ code: 0 });
    expect(existsSync(lock)).toBe(false);
  });

  test("a failed installation shows npm's output and is tried again next time", async () => {
    writeFileSync(join(clone, "npm-fails"), "");
    const failed = await start("env").ended;
    expect([failed.code, failed.stdout]).toEqual([1, ""]);
    expect(failed.stderr).toContain("npm says why");
    expect(failed.stderr).toContain("ended with exit code 9");
    rmSync(join(clone, "npm-fails"));
    expect((await start("env").ended).code).toBe(0);
  });

  test("a cache folder that would be another one for each place is refused as every command does", async () => {
    const { code, stderr } = await startWith({ ASTRATRADE_CACHE: "cache" }, "env").ended;
    expect([code, npmCalls()]).toEqual([2, []]);
    expect(stderr).toContain('ASTRATRADE_CACHE is "cache"; it must be an absolute path');
    expect(existsSync(join(tmpdir(), "cache"))).toBe(false);
  });
});

describe("main.ts", () => {
  beforeEach(() => installedAs(lockFile));

  test("gets every argument, and its exit code is ours", async () => {
    const { code, stdout } = await start("exit", "--flag", "a b").ended;
    expect(code).toBe(5);
    expect(JSON.parse(stdout)).toMatchObject({ args: ["exit", "--flag", "a b"] });
  });

  test("ended by a signal, gives 128 and the signal's number", async () => {
    expect((await start("die").ended).code).toBe(137);
  });

  test("sees each signal once, though it is sent twice in a moment", async () => {
    const { child, ended } = start("wait");
    const untilPrinted = (text: string) =>
      new Promise<void>((resolve) => {
        child.stdout?.on("data", (chunk: Buffer) => {
          if (chunk.toString().includes(text)) resolve();
        });
      });
    await untilPrinted("args");
    const interrupted = untilPrinted("SIGINT");
    child.kill("SIGINT");
    child.kill("SIGINT");
    await interrupted;
    child.kill("SIGTERM");
    const { code, stdout } = await ended;
    expect(stdout.trim().split("\n").slice(1)).toEqual(["SIGINT", "SIGTERM"]);
    expect(code).toBe(7);
  });
});
