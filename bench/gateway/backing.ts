import { Redis } from "ioredis";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { redisAclFor, renderAclRules } from "../../catalog/redis-acl.ts";
import { redisKeys } from "../../catalog/redis-keys.ts";
import { debianProgram } from "./debian.ts";
import type { Cache } from "./peer.ts";
import { freePorts, type RunningProcess, startProcess, waitFor } from "./process.ts";

/** What stands behind every gateway, outside its limits: Redis, and a service that answers at once. */
export interface Backing {
  readonly redisPort: number;
  readonly upstreamPort: number;
  readonly redis: RunningProcess;
  /** Kills the service, as when its container dies. */
  killUpstream(): Promise<void>;
  /** Starts it again on the same port. */
  startUpstream(): Promise<void>;
  /** Forgets all that was counted. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

export const gatewayPassword = "bench";

export async function startBacking(cache: Cache, workDir: string): Promise<Backing> {
  await mkdir(workDir, { recursive: true });
  const [redisPort = 0, upstreamPort = 0] = await freePorts(2);
  const redis = await startRedis(workDir, redisPort);
  const admin = new Redis({ port: redisPort, protocol: 2 });
  admin.on("error", () => undefined);
  const config = join(workDir, "upstream.conf");
  await writeFile(config, upstreamConfig(workDir, upstreamPort));
  let upstream: RunningProcess | undefined;
  const registration = keepRegistered(admin, upstreamPort, () => upstream?.pid);

  const startUpstream = async (): Promise<void> => {
    const args = ["-p", workDir, "-e", "stderr", "-c", config];
    const started = startProcess(await debianProgram(cache, "nginx", args));
    await waitFor(async () => (await fetch(`http://127.0.0.1:${upstreamPort}/`)).ok, {
      what: () => `the upstream answers; it says: ${started.complaint()}`,
    });
    upstream = started;
    await registration.beat();
  };
  const killUpstream = async (): Promise<void> => {
    const dying = upstream;
    upstream = undefined;
    await dying?.kill();
  };
  await startUpstream();

  return {
    redisPort,
    upstreamPort,
    redis,
    startUpstream,
    killUpstream,
    flush: async () => {
      await admin.flushall();
      await registration.beat();
    },
    stop: async () => {
      registration.stop();
      await killUpstream();
      admin.disconnect();
      await redis.kill();
    },
  };
}

async function startRedis(workDir: string, port: number): Promise<RunningProcess> {
  const config = join(workDir, "redis.conf");
  const lines = [
    `port ${port}`,
    "bind 127.0.0.1",
    `dir ${workDir}`,
    'save ""',
    "appendonly no",
    "user default on nopass ~* &* +@all",
    `user gateway on >${gatewayPassword} ${renderAclRules(redisAclFor("gateway"))}`,
  ];
  await writeFile(config, lines.join("\n"));
  return startProcess({ command: "redis-server", args: [config] });
}

/** One process: a killed master would leave its worker behind, which would go on answering. */
function upstreamConfig(workDir: string, port: number): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return `
daemon off;
master_process off;
pid ${workDir}/upstream.pid;
events { worker_connections 8192; }
http {
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 3600s;
  ${temporary.map((name) => `${name}_temp_path ${workDir}/${name};`).join(" ")}
  server {
    listen 127.0.0.1:${port} backlog=4096 reuseport;
    default_type text/plain;
    location / { return 200 "${"x".repeat(1024)}"; }
  }
}
`;
}

/** The service in our registry, as the services register themselves, while it lives. */
function keepRegistered(admin: Redis, port: number, incarnation: () => number | undefined) {
  const service = "trading";
  const instance = "trading-1";
  const beat = async (): Promise<void> => {
    const pid = incarnation();
    if (pid === undefined) return;
    const record = {
      service,
      instance,
      host: "127.0.0.1",
      port,
      release: "bench",
      incarnation: String(pid),
      startedAtMs: 0,
    };
    const script = `
local time = redis.call('TIME')
local before = redis.call('GET', KEYS[1])
redis.call('SET', KEYS[1], ARGV[1], 'PX', 6000)
redis.call('ZADD', KEYS[2], time[1] * 1000 + math.floor(time[2] / 1000), '${instance}')
if before ~= ARGV[1] then redis.call('PUBLISH', '${redisKeys.registryChannel}', ARGV[2]) end`;
    await admin.eval(
      script,
      2,
      redisKeys.instance(service, instance),
      redisKeys.serviceInstances(service),
      JSON.stringify(record),
      JSON.stringify({ change: "joined", service, instance }),
    );
  };
  const timer = setInterval(() => void beat().catch(() => undefined), 2000);
  return { beat, stop: () => clearInterval(timer) };
}
