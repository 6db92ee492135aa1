import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  globSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  statSync,
} from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pRetry from "p-retry";
import { signalAll } from "../processes/processes.ts";
import type { EnginePlace } from "./engine-place.ts";
import { removeNetwork } from "./engine-network.ts";

const deadlineMs = 30_000;
const pollMs = 50;

/**
 * Takes away everything of a second engine, whatever state it is in: it asks nobody, and looks at what the kernel knows.
 * @throws Error when a process does not end or a mount stays
 */
export async function eraseEngine(place: EnginePlace): Promise<void> {
  // The engine first, or it would start its containers again; each step then has a parent left to take note of its end.
  await killAll(place, ({ name }) => name === "dockerd");
  await killAll(place, ({ inCgroup }) => inCgroup);
  await killAll(place, () => true);
  unmountAll(place);
  await removeCgroups(place);
  for (const path of shimSockets(place)) rmSync(path, { force: true });
  removeNetwork(place);
  rmSync(place.folder, { recursive: true, force: true });
}

/** A process of an engine: of the daemons or of a container. */
interface EngineProcess {
  readonly pid: number;
  readonly name: string;
  readonly inCgroup: boolean;
}

async function killAll(place: EnginePlace, which: (it: EngineProcess) => boolean): Promise<void> {
  const giveUpAt = Date.now() + deadlineMs;
  for (;;) {
    const pids = processesOf(place).filter(which);
    if (pids.length === 0) return;
    if (Date.now() > giveUpAt) {
      const list = pids.map(({ pid, name }) => `${name} (${pid})`).join(", ");
      throw new Error(`Processes of the engine in ${place.folder} do not end: ${list}.`);
    }
    signalAll(
      pids.map(({ pid }) => pid),
      "SIGKILL",
    );
    await delay(pollMs);
  }
}

/** By network namespace, by cgroup, or by a path of the engine in the arguments: each outlives the loss of the others. */
export function processesOf({ name, namespace, folder }: EnginePlace): EngineProcess[] {
  const inode = inodeOf(namespace);
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .flatMap((entry) => {
      try {
        const stat = readFileSync(`/proc/${entry}/stat`, "utf8");
        const end = stat.lastIndexOf(")");
        if (["Z", "X"].includes(stat[end + 2] ?? "")) return [];
        const inCgroup = readFileSync(`/proc/${entry}/cgroup`, "utf8").includes(`/${name}/`);
        const isOurs =
          inCgroup ||
          (inode !== undefined && readlinkSync(`/proc/${entry}/ns/net`) === `net:[${inode}]`) ||
          readFileSync(`/proc/${entry}/cmdline`, "utf8").includes(`${folder}/`);
        const program = stat.slice(stat.indexOf("(") + 1, end);
        return isOurs ? [{ pid: Number(entry), name: program, inCgroup }] : [];
      } catch {
        // It has ended meanwhile.
        return [];
      }
    });
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

/** Deepest first. Whatever still holds one has been killed, so a lazy unmount ends at once. */
function unmountAll({ folder }: EnginePlace): void {
  for (const target of mountsBelow(folder).reverse()) {
    execFileSync("umount", ["--lazy", target], { timeout: 10_000, stdio: "pipe" });
  }
}

/** Mount points below a folder, in the order in which they were mounted. */
function mountsBelow(folder: string): string[] {
  return readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "")
    .filter((target) => target.startsWith(`${folder}/`));
}

/** Of every hierarchy of version 1, or of the only one of version 2. */
async function removeCgroups({ name }: EnginePlace): Promise<void> {
  const tops = globSync([`/sys/fs/cgroup/${name}`, `/sys/fs/cgroup/*/${name}`]);
  for (const top of tops) {
    const below = globSync("**/*/", { cwd: top }).map((path) => join(top, path));
    for (const path of [...below, top].sort((a, b) => b.length - a.length)) {
      // The kernel may hold one for a moment after its last process has ended.
      await pRetry(() => rmdirSync(path), { retries: 40, minTimeout: pollMs, factor: 1 });
    }
  }
}

/**
 * Sockets of the containers' helpers. containerd keeps those of all engines in one folder, each under a hash of its own
 * socket, the namespace that Docker uses in it, and the container.
 */
function shimSockets({ dataRoot, containerdSocket }: EnginePlace): string[] {
  return globSync(join(dataRoot, "containers/*/")).flatMap((path) => {
    const key = join(containerdSocket, "moby", basename(path));
    const hash = createHash("sha256").update(key).digest("hex");
    return globSync(`/run/containerd/s/${hash}`);
  });
}
