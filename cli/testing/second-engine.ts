import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type Docker from "dockerode";
import { execa } from "execa";
import { connectEngine } from "../engine/engine-client.ts";
import { hostSystem, pathWithSystemPrograms } from "../engine/host-system.ts";
import { signalAll } from "../processes/processes.ts";
import { makeNetwork } from "./engine-network.ts";
import { abandonedPlaces, makePlace, type EnginePlace } from "./engine-place.ts";
import { eraseEngine, processesOf } from "./erase-engine.ts";

/** A Docker engine of a test's own, as on another machine. */
export interface SecondEngine {
  /** Its unix socket, as in DOCKER_HOST. */
  readonly host: string;
  /** IPv4 address of the engine's machine, reachable from here. */
  readonly address: string;
  readonly docker: Docker;
  /** For files that belong to the engine, such as certificates; goes with it. */
  readonly folder: string;
  /** Process id of dockerd. */
  pid(): number;
  /** Ends dockerd and its containerd as a crash would, without a chance to tidy up; containers live on. */
  kill(): void;
  /** Starts it, also after a kill, and waits until it answers. */
  start(): Promise<void>;
  /** Starts a program on the engine's machine: same network, same files. It ends with the engine at the latest. */
  startInside(file: string, args: readonly string[]): void;
  /** Copies images from the engine of this machine. */
  loadImages(refs: readonly string[]): Promise<void>;
  /** Takes everything of it off this machine, whatever state it is in. */
  stop(): Promise<void>;
}

export interface SecondEngineOptions {
  /**
   * Further arguments of dockerd, say to listen on TCP.
   * @param machine address of the engine's machine, and a folder that goes with the engine
   * @default none
   */
  readonly daemonArguments?: (machine: {
    readonly address: string;
    readonly folder: string;
  }) => readonly string[];
}

const answerWithinMs = 60_000;
const endWithinMs = 15_000;
const loadWithinMs = 180_000;
const pollMs = 50;
const programs = ["dockerd", "containerd", "ip", "nsenter", "iptables"] as const;

/**
 * Starts a second Docker engine on this machine, in a network namespace of its own, with data, containerd, packet filters
 * and cgroup of its own. What killed tests have left of theirs is taken away first.
 *
 * @param label shown in listings
 * @throws Error where no second engine can run: elsewhere than on Linux, not as root, or without Debian's docker.io
 */
export async function startSecondEngine(
  label: string,
  options: SecondEngineOptions = {},
): Promise<SecondEngine> {
  refuseWhereImpossible();
  for (const left of abandonedPlaces()) {
    // Another start may be at it too; what stays is for the next.
    await eraseEngine(left).catch(() => undefined);
  }
  const place = makePlace(label);
  try {
    const network = makeNetwork(place);
    const machine = { address: network.there, folder: place.folder };
    const engine = secondEngine(place, network.there, [
      ...["--bip", network.bridge],
      ...(options.daemonArguments?.(machine) ?? []),
    ]);
    writeConfiguration(place);
    await engine.start();
    return engine;
  } catch (error) {
    await eraseEngine(place);
    throw error;
  }
}

function secondEngine(
  place: EnginePlace,
  address: string,
  daemonArguments: readonly string[],
): SecondEngine {
  const host = `unix://${place.socket}`;
  const docker = connectEngine({ host });
  return {
    host,
    address,
    docker,
    folder: place.folder,
    pid: () => Number(readFileSync(place.pidFile, "utf8")),
    kill: () => signalAll(daemons(place), "SIGKILL"),
    start: () => startDaemons(place, docker, daemonArguments),
    startInside: (file, args) => startInside(place, file, args),
    loadImages: (refs) => copyImages(host, refs),
    stop: () => eraseEngine(place),
  };
}

function refuseWhereImpossible(): void {
  const system = hostSystem(process.env);
  const missing = programs.filter((name) => !system.hasProgram(name));
  const needs = "A second engine for tests needs Linux, root and Debian's docker.io and iproute2";
  if (process.platform !== "linux") throw new Error(`${needs}; this is ${process.platform}.`);
  if (!system.isRoot) throw new Error(`${needs}; this process is not root.`);
  if (missing.length > 0) throw new Error(`${needs}; missing: ${missing.join(", ")}.`);
}

/**
 * The machine's own configuration must have no say: it would name the first engine's data. Nor must its key, which
 * engines before 23.0 take their id from.
 */
function writeConfiguration(place: EnginePlace): void {
  writeFileSync(
    place.configFile,
    JSON.stringify({ "deprecated-key-path": join(place.folder, "key.json") }),
  );
  writeFileSync(
    place.containerdConfig,
    `version = 2
root = "${place.folder}/containerd-data"
state = "${place.folder}/containerd-state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "${place.containerdSocket}"
`,
  );
}

/**
 * A containerd of its own: dockerd would join one that the machine already runs, and find the first engine's containers
 * there.
 */
async function startDaemons(
  place: EnginePlace,
  docker: Docker,
  daemonArguments: readonly string[],
): Promise<void> {
  await waitUntil(
    () => daemons(place).length === 0,
    endWithinMs,
    () => `The engine in ${place.folder} runs already.`,
  );
  // A number in it may belong to another process by now, which dockerd would take for itself.
  rmSync(place.pidFile, { force: true });
  startInside(place, "containerd", ["--config", place.containerdConfig]);
  startInside(place, "dockerd", [
    ...["--host", `unix://${place.socket}`],
    ...["--data-root", place.dataRoot],
    ...["--exec-root", place.execRoot],
    ...["--pidfile", place.pidFile],
    ...["--config-file", place.configFile],
    ...["--containerd", place.containerdSocket],
    ...["--cgroup-parent", `/${place.name}`],
    // systemd's driver knows slices only.
    ...["--exec-opt", "native.cgroupdriver=cgroupfs"],
    ...daemonArguments,
  ]);
  await waitUntil(
    () =>
      docker.ping().then(
        () => true,
        () => false,
      ),
    answerWithinMs,
    () => `The second engine does not answer. Its last lines:\n${lastLines(place.log)}`,
  );
}

/** Both daemons, by their names among the engine's processes. */
function daemons(place: EnginePlace): number[] {
  return processesOf(place)
    .filter(({ name, inCgroup }) => !inCgroup && (name === "dockerd" || name === "containerd"))
    .map(({ pid }) => pid);
}

/** A session of its own: a Ctrl-C in the tests' terminal must leave it to `stop` to end it. */
function startInside(place: EnginePlace, file: string, args: readonly string[]): void {
  const log = openSync(place.log, "a", 0o600);
  // Not by `ip netns exec`, which mounts a new /sys and hides the cgroups.
  const child = spawn("nsenter", [`--net=${place.namespace}`, file, ...args], {
    detached: true,
    stdio: ["ignore", log, log],
    cwd: "/",
    env: { ...process.env, PATH: pathWithSystemPrograms(process.env.PATH) },
  });
  closeSync(log);
  child.unref();
}

/** From the engine that Docker's client on this machine uses. */
async function copyImages(host: string, refs: readonly string[]): Promise<void> {
  if (refs.length === 0) return;
  const options = {
    timeout: loadWithinMs,
    buffer: { stdout: false, stderr: true },
  } as const;
  await execa("docker", ["save", ...refs], options).pipe(
    "docker",
    ["--host", host, "load", "--quiet"],
    options,
  );
}

async function waitUntil(
  isTrue: () => boolean | Promise<boolean>,
  withinMs: number,
  failure: () => string,
): Promise<void> {
  const giveUpAt = Date.now() + withinMs;
  while (!(await isTrue())) {
    if (Date.now() > giveUpAt) throw new Error(failure());
    await delay(pollMs);
  }
}

function lastLines(path: string): string {
  return readFileSync(path, "utf8").trimEnd().split("\n").slice(-15).join("\n");
}
