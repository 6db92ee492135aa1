import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { serviceNames, type ServiceName } from "../../../catalog/services.ts";
import { freePort, startTestRedis, type TestRedis } from "./redis-server.ts";
import { waitUntil } from "./wait-until.ts";

type Program = ServiceName | "gateway";
/** A program, or a further replica of it: `trading`, `trading-2`. */
export type ProgramName = Program | `${Program}-${number}`;

/** Gateway and services as processes of their own, from the bundles of the image. */
export interface TestPlatform {
  readonly redis: TestRedis;
  /** Base URL of a program; the gateway's unless another is named. */
  url(name?: ProgramName): string;
  /** Base URL of a gateway's admin port; the first one's unless another is named. */
  adminUrl(name?: ProgramName): string;
  start(name: ProgramName): void;
  /** @returns the exit code, or the signal's name */
  end(name: ProgramName, signal: NodeJS.Signals): Promise<number | string>;
  /** Sends a program a signal and goes on; SIGSTOP freezes it. */
  signal(name: ProgramName, signal: NodeJS.Signals): void;
  /** Lines that a program has logged. */
  log(name: ProgramName): string;
  stop(): Promise<void>;
}

/**
 * @param contextDir what `buildRuntime` wrote
 * @param further replicas beside the first ones
 * @param env variables of every program, beside and before those that a platform needs
 */
export async function startTestPlatform(
  contextDir: string,
  further: readonly ProgramName[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<TestPlatform> {
  const redis = await startTestRedis();
  const names: readonly ProgramName[] = ["gateway", ...serviceNames, ...further];
  const ports = new Map<ProgramName, number>();
  const adminPorts = new Map<ProgramName, number>();
  for (const name of names) {
    ports.set(name, await freePort());
    adminPorts.set(name, await freePort());
  }
  const children = new Map<ProgramName, ChildProcess>();
  const logs = new Map<ProgramName, string>();

  function start(name: ProgramName): void {
    const [program = "", replica = "1"] = name.split("-");
    const { host, port, username, password } = redis.address(program as Program);
    const child = spawn(process.execPath, [join(contextDir, "app", "main.mjs")], {
      stdio: ["ignore", "pipe", "inherit"],
      env: {
        SERVICE_NAME: program,
        INSTANCE_ID: `${program}-${replica}`,
        STACK: "test",
        RELEASE: "r1",
        PORT: String(ports.get(name)),
        ADMIN_PORT: String(adminPorts.get(name)),
        ADVERTISED_HOST: "127.0.0.1",
        REDIS_HOST: host,
        REDIS_PORT: String(port),
        REDIS_USERNAME: username,
        REDIS_PASSWORD: password,
        LOG_LEVEL: "info",
        AUTH_MODE: "header",
        SEED_INSTANCES: names
          .filter((it) => !it.startsWith("gateway"))
          .map((it) => `${it.split("-")[0] ?? ""}=127.0.0.1:${ports.get(it) ?? 0}`)
          .join(","),
        ...env,
      },
    });
    child.stdout.on("data", (chunk: Buffer) => {
      logs.set(name, (logs.get(name) ?? "") + chunk.toString());
    });
    children.set(name, child);
  }

  async function end(name: ProgramName, signal: NodeJS.Signals): Promise<number | string> {
    const child = children.get(name);
    if (child === undefined) return "never started";
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, "exit");
      child.kill(signal);
      await exited;
    }
    return child.exitCode ?? child.signalCode ?? "unknown";
  }

  for (const name of names) start(name);
  const url = (name: ProgramName = "gateway"): string => `http://127.0.0.1:${ports.get(name) ?? 0}`;
  for (const name of names) {
    await waitUntil(async () => (await statusOf(`${url(name)}/health`)) === "healthy", {
      what: `${name} is healthy`,
      deadlineMs: 30_000,
    });
  }

  return {
    redis,
    url,
    adminUrl: (name = "gateway") => `http://127.0.0.1:${adminPorts.get(name) ?? 0}`,
    start,
    end,
    signal: (name, signal) => void children.get(name)?.kill(signal),
    log: (name) => logs.get(name) ?? "",
    stop: async () => {
      await Promise.all(names.map((name) => end(name, "SIGKILL")));
      await redis.stop();
    },
  };
}

async function statusOf(healthUrl: string): Promise<string> {
  try {
    const answer = await fetch(healthUrl);
    return ((await answer.json()) as { status: string }).status;
  } catch {
    return "no answer";
  }
}
