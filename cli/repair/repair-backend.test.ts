import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { repairBackend } from "./repair-backend.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "astratrade-backend-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const repair = () => repairBackend({ env: { PULUMI_BACKEND_URL: `file://${root}` } }, "dev");
const place = (...parts: string[]) => join(root, ".pulumi", ...parts);
const stackFile = (name = "dev.json") => place("stacks", "astratrade", name);
const lockFile = (name: string) => place("locks", "organization", "astratrade", "dev", name);

function write(file: string, text: string, ageSeconds = 0): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  const at = Date.now() / 1000 - ageSeconds;
  utimesSync(file, at, at);
}

const state = (mark: string) =>
  JSON.stringify({ version: 3, checkpoint: { stack: "dev", latest: { mark } } });

function lock(change: object = {}): string {
  const [pid, host] = [deadPid(), hostname()];
  return JSON.stringify({
    pid,
    username: "root",
    hostname: host,
    timestamp: "2026-01-02T03:04:05Z",
    ...change,
  });
}

function deadPid(): number {
  const { pid } = spawnSync("true");
  return pid;
}

test("a backend that is in order, that is new, or that is elsewhere is left alone", () => {
  expect(repair()).toEqual([]);
  write(stackFile(), state("now"));
  write(stackFile("dev.json.attrs"), "{}");
  write(place("history", "astratrade", "dev", "dev-1.history.json"), "{}");
  expect(repair()).toEqual([]);
  expect(repairBackend({ env: { PULUMI_BACKEND_URL: "s3://bucket" } }, "dev")).toEqual([]);
});

describe("locks of Pulumi", () => {
  test("of a process that is gone, of another program with its number, and half a lock go", () => {
    write(lockFile("a.json"), lock());
    write(lockFile("a.json.attrs"), "{}");
    // This test's own process is no Pulumi.
    write(lockFile("b.json"), lock({ pid: process.pid }));
    write(lockFile("c.json"), '{"pid": 1');
    expect(repair()).toEqual([
      expect.stringMatching(/^removed the lock of Pulumi process \d+, which is gone$/),
      `removed the lock of Pulumi process ${process.pid}, which is gone`,
      "removed an unreadable lock of Pulumi",
    ]);
    expect(readdirSync(dirname(lockFile("a")))).toEqual([]);
  });

  test.runIf(process.platform === "linux")(
    "of a Pulumi process that runs stays, and the way out is another",
    async () => {
      const program = join(root, "pulumi");
      writeFileSync(program, "#!/bin/sh\necho runs\nread -r _\n", { mode: 0o755 });
      const pulumi = spawn(program);
      onTestFinished(() => void pulumi.kill("SIGKILL"));
      await once(pulumi.stdout, "data");
      write(lockFile("a.json"), lock({ pid: pulumi.pid }));
      expect(repair).toThrow(
        `Pulumi works on stack "dev" already: process ${pulumi.pid} of root on ${hostname()}, since ` +
          "2026-01-02T03:04:05Z. Wait for it, or end it.",
      );
      expect(existsSync(lockFile("a.json"))).toBe(true);
    },
  );

  test("of a backend that compresses are none of ours", () => {
    write(lockFile("a.json"), lock());
    write(stackFile("dev.json.gz"), "");
    expect(repair()).toEqual([]);
    expect(existsSync(lockFile("a.json"))).toBe(true);
  });

  test("of another host stays, and the way out is named", () => {
    write(lockFile("a.json"), lock({ hostname: "build-2" }));
    expect(repair).toThrow(
      /^Pulumi works on stack "dev" already: process \d+ of root on build-2, since 2026.*`pulumi cancel --stack dev`/,
    );
    expect(existsSync(lockFile("a.json"))).toBe(true);
  });
});

test("files of writes that broke off go, those of other stacks stay", () => {
  write(stackFile(), state("now"));
  write(stackFile("dev.json.18b2.tmp"), "{");
  write(stackFile("dev.json.attrs"), '{"user.cache');
  write(stackFile("prod.json.18b2.tmp"), "{");
  write(place("history", "astratrade", "dev", "x.checkpoint.json.1.tmp"), "");
  write(place("backups", "astratrade", "dev", "dev.1.json.2.tmp"), "");
  write(lockFile("a.json.1.tmp"), "");
  expect(repair()).toEqual(["removed 5 half-written files of Pulumi"]);
  expect(readdirSync(dirname(stackFile())).sort()).toEqual(["dev.json", "prod.json.18b2.tmp"]);
});

describe("a state that cannot be read", () => {
  test.each(["", '{"version": 3, "checkpo', "[]"])(
    "%j gives way to the newest that can",
    (text) => {
      write(stackFile(), text);
      write(stackFile("dev.json.bak"), '{"vers', 10);
      write(place("history", "astratrade", "dev", "dev-2.checkpoint.json"), state("newer"), 20);
      write(place("history", "astratrade", "dev", "dev-1.checkpoint.json"), state("older"), 30);
      expect(repair()).toEqual([
        "the state could not be read: took the one before it, dev-2.checkpoint.json",
      ]);
      expect(readFileSync(stackFile(), "utf8")).toBe(state("newer"));
      expect(readFileSync(stackFile("dev.json.unreadable"), "utf8")).toBe(text);
      expect(repair()).toEqual([]);
    },
  );

  test("the one before the last change is taken where that is the newest, and what was said of the file goes", () => {
    write(stackFile(), "{");
    write(stackFile("dev.json.attrs"), "{}");
    write(stackFile("dev.json.bak"), state("before"), 10);
    write(place("history", "astratrade", "dev", "dev-1.checkpoint.json"), state("older"), 20);
    expect(repair()).toEqual(["the state could not be read: took the one before it, dev.json.bak"]);
    expect(readFileSync(stackFile(), "utf8")).toBe(state("before"));
    expect(existsSync(stackFile("dev.json.attrs"))).toBe(false);
  });

  test("with nothing in its place, adopting is the way out", () => {
    write(stackFile(), "");
    expect(repair).toThrow(`The state in ${stackFile()} cannot be read`);
    expect(repair).toThrow("npm run up -- --adopt");
  });
});
