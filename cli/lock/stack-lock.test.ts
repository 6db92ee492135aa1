import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { identify, isRunning } from "../processes/processes.ts";
import type { LockContent } from "./lock-content.ts";
import { notePulumiInLock, readStackLock, withStackLock } from "./stack-lock.ts";

let locks = "";
const children: ChildProcess[] = [];

beforeEach(() => {
  locks = mkdtempSync(join(tmpdir(), "astratrade-lock-"));
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(locks, { recursive: true, force: true });
});

const file = () => join(locks, "dev.lock");

function options(waitMs = 0, notices: string[] = []) {
  const notice = (text: string) => notices.push(text);
  return { paths: { locks }, stack: "dev", command: "up", waitMs, notice };
}

function writeLock(change: Partial<LockContent> = {}): LockContent {
  const own = identify(process.pid);
  if (own === null) throw new Error("no process");
  const lock: LockContent = {
    id: "other",
    owner: "alice",
    host: hostname(),
    process: own,
    command: "npm run up -- --yes",
    since: new Date(Date.now() - 125_000).toISOString(),
    pulumi: [],
    ...change,
  };
  writeFileSync(file(), JSON.stringify(lock));
  return lock;
}

/** A program that leads a session of its own and ignores SIGINT if told to; its child is in a group of its own. */
async function startSession(ignores: boolean): Promise<ChildProcess> {
  const script = `${ignores ? 'process.on("SIGINT", () => {});' : ""}
    require("child_process").spawn("sleep", ["600"], { stdio: "ignore" });
    setInterval(() => {}, 1000); console.log("ready")`;
  const child = spawn(process.execPath, ["-e", script], {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  children.push(child);
  await once(child.stdout, "data");
  return child;
}

test("holds the lock while the work runs, says who, and gives it back", async () => {
  const inside = await withStackLock(options(), () =>
    Promise.resolve(readStackLock({ locks }, "dev")),
  );
  expect(inside).toMatchObject({
    host: hostname(),
    process: { pid: process.pid },
    command: "npm run up",
    state: "held",
    pulumi: [],
  });
  expect(readStackLock({ locks }, "dev")).toBeNull();
  expect(readdirSync(locks)).toEqual([]);
});

test("gives it back when the work fails", async () => {
  const failure = withStackLock(options(), () => Promise.reject(new Error("no")));
  await expect(failure).rejects.toThrow("no");
  expect(existsSync(file())).toBe(false);
});

test("refuses while another command has it, with owner, host, age, command and the way out", async () => {
  writeLock();
  await expect(withStackLock(options(), () => Promise.resolve())).rejects.toThrow(
    new RegExp(
      `^Another command works on stack "dev": \`npm run up -- --yes\` by alice on ${hostname()}, ` +
        `process ${process.pid}, for 2 minutes \\(since .* UTC\\)\\.\n` +
        "`npm run up -- --wait 10m` waits for it\\.$",
    ),
  );
  expect(existsSync(file())).toBe(true);
});

test("the way out is the command that was typed, with its stack", async () => {
  writeLock();
  const { argv } = process;
  process.argv = ["node", "main.ts", "rollback", "--stack", "dev", "--to", "3"];
  try {
    const rollback = { ...options(), command: "rollback" };
    await expect(withStackLock(rollback, () => Promise.resolve())).rejects.toThrow(
      "\n`npm run rollback -- --stack dev --to 3 --wait 10m` waits for it.",
    );
  } finally {
    process.argv = argv;
  }
});

test("another host's lock is never taken over, and the file to delete is named", async () => {
  writeLock({ host: "build-2.internal", process: { pid: 1, started: "never" } });
  await expect(withStackLock(options(), () => Promise.resolve())).rejects.toThrow(
    `on build-2.internal, process 1`,
  );
  await expect(withStackLock(options(), () => Promise.resolve())).rejects.toThrow(
    `If it is known to be gone, delete ${file()}.`,
  );
});

test("waits for it with a deadline, and says for whom", async () => {
  writeLock();
  const notices: string[] = [];
  const waiting = withStackLock(options(60_000, notices), () => Promise.resolve("done"));
  rmSync(file());
  expect(await waiting).toBe("done");
  expect(notices).toHaveLength(1);
  expect(notices[0]).toContain('Waiting up to 1 minute for stack "dev": `npm run up -- --yes`');

  writeLock();
  await expect(withStackLock(options(30), () => Promise.resolve())).rejects.toThrow(
    'works on stack "dev" after 0 seconds of waiting',
  );
});

test.each([
  ["whose process is gone", { pid: 999_999_999, started: "x" }],
  ["whose process number another process has got", { pid: process.pid, started: "earlier" }],
])("takes over a lock %s", async (_name, gone) => {
  writeLock({ process: gone });
  const notices: string[] = [];
  const result = await withStackLock(options(0, notices), () =>
    Promise.resolve(readStackLock({ locks }, "dev")?.process.pid),
  );
  expect(result).toBe(process.pid);
  expect(notices[0]).toContain("was ended before it was done: its lock is taken over");
  expect(readdirSync(locks)).toEqual([]);
});

test("takes over half a lock, and one of another format", async () => {
  for (const text of ["", '{"id": "x', '{"id": "x"}']) {
    writeFileSync(file(), text);
    expect(await withStackLock(options(), () => Promise.resolve("done"))).toBe("done");
  }
});

test("of many that take over at once, one works at a time", async () => {
  writeLock({ process: { pid: 999_999_999, started: "x" } });
  let working = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    working += 1;
    most = Math.max(most, working);
    await new Promise((resolve) => setImmediate(resolve));
    working -= 1;
  };
  await Promise.all(Array.from({ length: 8 }, () => withStackLock(options(60_000), work)));
  expect(most).toBe(1);
}, 30_000);

test("notes the Pulumi processes that run", async () => {
  const read = () => readStackLock({ locks }, "dev")?.pulumi;
  await withStackLock(options(), () => {
    const forget = notePulumiInLock({ pid: 7, started: "a" });
    const forgetOther = notePulumiInLock({ pid: 8, started: "b" });
    expect(read()).toEqual([
      { pid: 7, started: "a" },
      { pid: 8, started: "b" },
    ]);
    forget();
    expect(read()).toEqual([{ pid: 8, started: "b" }]);
    forgetOther();
    expect(read()).toEqual([]);
    return Promise.resolve();
  });
});

test("ends the Pulumi command that a killed one has left running, with its children", async () => {
  const session = await startSession(false);
  const leader = identify(session.pid ?? 0);
  if (leader === null) throw new Error("no process");
  writeLock({ process: { pid: 999_999_999, started: "x" }, pulumi: [leader] });
  const notices: string[] = [];
  await withStackLock(options(0, notices), () => {
    expect(isRunning(leader)).toBe(false);
    return Promise.resolve();
  });
  expect(session.signalCode).toBe("SIGINT");
  expect(notices.slice(1)).toEqual([
    `Its Pulumi process ${leader.pid} still runs: asking it to stop, and waiting for it.`,
    "What it had left running has ended.",
  ]);
  expect(processesNamed(leader.pid)).toEqual([]);
}, 30_000);

/** Processes of the session that are left. */
function processesNamed(session: number): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
        const [state, , , leader] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        return Number(leader) === session && state !== "Z";
      } catch {
        return false;
      }
    });
}
