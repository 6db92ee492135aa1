import { execFileSync } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import Docker from "dockerode";
import { execa } from "execa";
import { stringify } from "yaml";
import { labels } from "../../catalog/labels.ts";
import { parts } from "../../catalog/parts.ts";
import { serviceNames } from "../../catalog/services.ts";
import { repositoryRoot } from "../paths.ts";
import { isTagOf } from "../releases/forget-releases.ts";
import { baseImagesOf } from "../testing/base-images.ts";
import type { SecondEngine } from "../testing/second-engine.ts";
import { takePorts } from "./sandbox-ports.ts";

/** What a command printed, and how it ended. */
export interface Outcome {
  readonly exitCode: number | undefined;
  /** Both streams, as a person sees them. */
  readonly text: string;
  readonly milliseconds: number;
}

/**
 * A clone with a stack of its own: own container names, ports, networks and state, beside whatever else is on the
 * machine. What is expensive and harmless to share is shared: the packages and the toolchain.
 */
export interface Sandbox {
  readonly root: string;
  readonly stack: string;
  readonly prefix: string;
  readonly gatewayUrl: string;
  /** Host port of each part and service. */
  readonly ports: Readonly<Record<string, number>>;
  readonly docker: Docker;
  /** Changes the stack's settings: merged into those that keep it apart from others. */
  configure(settings: Readonly<Record<string, unknown>>): void;
  /** Runs `npm run setup`. */
  setup(): Promise<Outcome>;
  /** Runs `npm run <command>` with the stack's name. */
  astra(command: string, ...args: string[]): Promise<Outcome>;
  /** Runs a shell line in a folder of the clone, after `eval "$(npm run -s env)"`. */
  shell(line: string, folder?: string): Promise<Outcome>;
  /** Takes everything of the stack off the engine, whatever state it is in. */
  remove(): Promise<void>;
}

export interface SandboxOptions {
  /** The stack is made in this one's clone and with its home. @default a clone and a home of its own */
  readonly beside?: Sandbox;
  /** Runs the stack on this engine, to which base images are copied. @default this machine's own */
  readonly engine?: SecondEngine;
  /** Further environment of every command, say another way to the engine. @default none */
  readonly env?: Readonly<Record<string, string>>;
}

export async function createSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { beside, engine } = options;
  const root = beside ? dirname(beside.root) : mkdtempSync(join(tmpdir(), "astratrade-e2e-"));
  const stack = `e2e${randomBytes(2).toString("hex")}`;
  const prefix = `${stack}-`;
  const env = {
    ASTRATRADE_HOME: join(root, "home"),
    ...(engine !== undefined && { DOCKER_HOST: engine.host }),
    ...options.env,
  };
  const clone = join(root, "clone");
  if (beside === undefined) copyClone(clone);

  const keys = [...Object.keys(parts), ...serviceNames];
  const free = await takePorts(keys.length);
  const ports = Object.fromEntries(keys.map((key, index) => [key, free[index] ?? 0]));
  const apart = {
    publish: "all",
    ports,
    // The other engine's machine has a loopback of its own, which nobody here reaches.
    ...(engine !== undefined && { bindAddress: engine.address }),
    // A /22 somewhere in 10.192.0.0/10, so that stacks do not use up the engine's own pools.
    networkPool: `10.${randomInt(192, 256)}.${randomInt(64) * 4}.0/22`,
  };
  const configure = (settings: Readonly<Record<string, unknown>>): void => {
    const config = Object.entries({ ...apart, ...settings });
    writeFileSync(
      join(clone, `Pulumi.${stack}.yaml`),
      stringify({
        config: Object.fromEntries(config.map(([key, value]) => [`astratrade:${key}`, value])),
      }),
    );
  };
  configure({});
  commitAll(clone);

  const run = async (file: string, args: readonly string[], cwd: string): Promise<Outcome> => {
    const startedAt = performance.now();
    const { exitCode, all } = await execa(file, args, {
      cwd,
      env,
      all: true,
      reject: false,
      stdin: "ignore",
    });
    return { exitCode, text: all, milliseconds: performance.now() - startedAt };
  };
  const docker = engine?.docker ?? new Docker();
  if (engine !== undefined) await copyBaseImages(engine);
  return {
    root: clone,
    stack,
    prefix,
    gatewayUrl: `http://${engine?.address ?? "127.0.0.1"}:${ports.gateway ?? 0}`,
    ports,
    docker,
    configure,
    setup: () => run(process.execPath, ["cli/enter.mjs", "setup", "--stack", stack], clone),
    astra: (command, ...args) =>
      run(process.execPath, ["cli/enter.mjs", command, "--stack", stack, ...args], clone),
    shell: (line, folder = ".") =>
      run("bash", ["-c", `eval "$(npm run -s env)" && ${line}`], join(clone, folder)),
    remove: async () => {
      await removeByLabel(docker, stack);
      if (beside === undefined) rmSync(root, { recursive: true, force: true });
    },
  };
}

/** So that a set-up there finds them and makes none. */
async function copyBaseImages(engine: SecondEngine): Promise<void> {
  const present = await baseImagesOf(engine.docker);
  const wanted = await baseImagesOf(new Docker());
  await engine.loadImages(wanted.filter((ref) => !present.includes(ref)));
}

/** Copies what git knows and what is new and not ignored: the clone as it would be after a commit. */
function copyClone(clone: string): void {
  const listed = execFileSync("git", ["ls-files", "-z", "-co", "--exclude-standard"], {
    cwd: repositoryRoot,
    encoding: "utf8",
  });
  for (const file of listed.split("\0").filter((it) => it !== "")) {
    mkdirSync(dirname(join(clone, file)), { recursive: true });
    cpSync(join(repositoryRoot, file), join(clone, file));
  }
  symlinkSync(join(repositoryRoot, "node_modules"), join(clone, "node_modules"));
}

function commitAll(clone: string): void {
  const git = (...args: string[]): void => {
    execFileSync("git", args, { cwd: clone, stdio: "ignore" });
  };
  git("init", "-q");
  git("add", "-A");
  git("-c", "user.name=test", "-c", "user.email=test@localhost", "commit", "-qm", "start");
}

async function removeByLabel(docker: Docker, stack: string): Promise<void> {
  const filters = { label: [`${labels.stack}=${stack}`] };
  for (const { Id } of await docker.listContainers({ all: true, filters })) {
    await docker.getContainer(Id).remove({ force: true, v: true });
  }
  for (const { Id } of await docker.listNetworks({ filters })) await docker.getNetwork(Id).remove();
  const { Volumes } = await docker.listVolumes({ filters });
  for (const { Name } of Volumes) await docker.getVolume(Name).remove();
  const names = (await docker.listImages()).flatMap(({ RepoTags }) => RepoTags ?? []);
  for (const name of names.filter((it) => isTagOf(stack, it))) {
    await docker.getImage(name).remove({ force: true }).catch(ignoreMissing);
  }
}

function ignoreMissing(error: unknown): void {
  if ((error as { statusCode?: number }).statusCode !== 404) throw error;
}

/** The newest report of the stack. */
export function latestReport(sandbox: Sandbox): Record<string, unknown> {
  const path = join(sandbox.root, "reports", sandbox.stack, "latest", "report.json");
  return JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
}
