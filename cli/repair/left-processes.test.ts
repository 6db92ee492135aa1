import type Docker from "dockerode";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { leftProcesses } from "./left-processes.ts";
import { removeContainer } from "./remove-objects.ts";

const [id, other] = ["ab".repeat(32), "cd".repeat(32)];
const shim = (of: string) => ["/usr/bin/containerd-shim-runc-v2", "-namespace", "moby", "-id", of];

/** A folder like /proc: each process with its control group and its command line. */
function procWith(processes: Readonly<Record<string, readonly [string, readonly string[]]>>) {
  const proc = mkdtempSync(join(tmpdir(), "astratrade-proc-"));
  onTestFinished(() => rmSync(proc, { recursive: true }));
  for (const [pid, [cgroup, command]] of Object.entries(processes)) {
    mkdirSync(join(proc, pid));
    writeFileSync(join(proc, pid, "cgroup"), `0::${cgroup}\n`);
    writeFileSync(join(proc, pid, "cmdline"), command.map((it) => `${it}\0`).join(""));
  }
  // One that has ended meanwhile, and what is no process.
  for (const name of ["9", "net"]) mkdirSync(join(proc, name));
  return proc;
}

const processes = {
  1: ["/init.scope", ["/sbin/init"]],
  20: [`/docker/${id}`, ["node", "main.ts"]],
  21: [`/system.slice/docker-${id}.scope`, ["node", "main.ts"]],
  22: [`/docker/${other}`, ["node", "main.ts"]],
  30: ["/system.slice/docker.service", shim(id)],
  31: ["/system.slice/docker.service", shim(other)],
  40: ["/user.slice", ["docker", "logs", id]],
} as const;

test("the container's processes and its helper are left, and nothing else is", () => {
  expect(leftProcesses(id, procWith(processes))).toEqual([20, 21, 30]);
});

test.each(["", "ab", "docker", id.toUpperCase()])("%j is the id of no container", (text) => {
  const proc = procWith({ ...processes, 50: ["/docker", shim(text)] });
  expect(leftProcesses(text, proc)).toEqual([]);
});

/** A process with the name and arguments of containerd's helper for a container. */
async function startHelper(container: string) {
  const [argv0, ...args] = shim(container);
  const script = "console.log(0); setInterval(() => {}, 1000)";
  const helper = spawn(process.execPath, ["-e", script, "--", ...args], { argv0 });
  onTestFinished(() => void helper.kill("SIGKILL"));
  await once(helper.stdout, "data");
  return helper;
}

const refusal = Object.assign(new Error("no such container"), { statusCode: 404 });
/** An engine that has removed a container already. */
const engine = {
  getContainer: () => ({
    stop: () => Promise.reject(refusal),
    inspect: () => Promise.reject(refusal),
  }),
} as unknown as Docker;

test.runIf(process.platform === "linux")(
  "they are ended with their container, and no others are",
  async () => {
    // Ids of this run alone: all processes of the machine are looked at.
    const mine = randomBytes(32).toString("hex");
    const [left, stays] = [await startHelper(mine), await startHelper(mine.replace(/^./, "g"))];
    const ended = once(left, "exit");
    await removeContainer(engine, { id: mine, name: "redis", state: "dead" });
    await ended;
    expect(left.signalCode).toBe("SIGKILL");
    expect(stays.signalCode).toBeNull();
  },
);
