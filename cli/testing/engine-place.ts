import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, statfsSync } from "node:fs";
import { basename, join } from "node:path";
import { startOfProcess } from "../enter/process-identity.mjs";

/**
 * Where everything of a second engine is. All of it follows from the name, so that what a killed test has left can be
 * found and taken away by the next one.
 */
export interface EnginePlace {
  /** Of the folder, the network namespace and the cgroup. */
  readonly name: string;
  readonly folder: string;
  readonly socket: string;
  readonly dataRoot: string;
  readonly execRoot: string;
  readonly pidFile: string;
  readonly configFile: string;
  readonly log: string;
  readonly containerdConfig: string;
  readonly containerdSocket: string;
  /** File of the network namespace, as `ip netns` keeps it. */
  readonly namespace: string;
  /** The veth pair: this machine's end and the engine's. A network device has at most 15 letters. */
  readonly devices: { readonly here: string; readonly there: string };
}

/** Not on a tmpfs, and not within the data of another engine: layers of overlay2 cannot lie on an overlay. */
const parent = "/var/tmp";
const prefix = "astra2";
const neededBytes = 3 * 1024 ** 3;

/**
 * Makes the folder of a new engine. Its name says whose it is: the process and its start.
 * @param label shown in listings; letters, digits and hyphens, of which twelve are kept: paths of sockets are short
 * @throws Error when the disk has no room for an engine's images
 */
export function makePlace(label: string): EnginePlace {
  const { bavail, bsize } = statfsSync(parent);
  if (bavail * bsize < neededBytes) {
    throw new Error(`A second engine needs 3 GB in ${parent}; ${bavail * bsize} bytes are free.`);
  }
  const tag = label.replace(/[^a-z0-9]/gi, "").slice(0, 12);
  const unique = randomBytes(3).toString("hex");
  const name = [prefix, tag, process.pid, startTicks(process.pid), unique].join("-");
  mkdirSync(join(parent, name), { mode: 0o700 });
  return placeOf(name);
}

/** Places of processes that are no more. */
export function abandonedPlaces(): EnginePlace[] {
  return readdirSync(parent)
    .filter((name) => name.startsWith(`${prefix}-`))
    .filter((name) => {
      const [, , pid, started] = name.split("-");
      return startTicks(Number(pid)) !== started;
    })
    .map(placeOf);
}

function placeOf(name: string): EnginePlace {
  const folder = join(parent, name);
  const unique = name.slice(-6);
  return {
    name,
    folder,
    socket: join(folder, "docker.sock"),
    dataRoot: join(folder, "data"),
    execRoot: join(folder, "exec"),
    pidFile: join(folder, "docker.pid"),
    configFile: join(folder, "daemon.json"),
    log: join(folder, "log"),
    containerdConfig: join(folder, "containerd.toml"),
    containerdSocket: join(folder, "containerd.sock"),
    namespace: join(existsSync("/run/netns") ? "/run/netns" : "/var/run/netns", name),
    devices: { here: `a2-${unique}h`, there: `a2-${unique}e` },
  };
}

function startTicks(pid: number): string | undefined {
  const start = startOfProcess(pid);
  return start === undefined ? undefined : basename(start);
}
