import { Redis } from "ioredis";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  defaultUserRules,
  redisAclFor,
  redisClientNames,
  renderAclRules,
  type RedisClientName,
} from "../../../catalog/redis-acl.ts";
import { openRedisLink, type RedisAddress, type RedisLink } from "../redis.ts";
import { waitUntil } from "./wait-until.ts";

/** A real Redis with the platform's users, for one test file. */
export interface TestRedis {
  readonly port: number;
  address(client: RedisClientName): RedisAddress;
  /** An opened link that is up. Closed by {@link TestRedis.stop}. */
  link(client: RedisClientName): Promise<RedisLink>;
  /** A client that may do everything, to look and to meddle. */
  readonly admin: Redis;
  /** Sends the process a signal; SIGSTOP freezes it. */
  signal(signal: NodeJS.Signals): void;
  /** Ends the process at once, without saving what the append-only file does not have. */
  kill(): Promise<void>;
  /** Removes the data, while it is down. */
  forget(): Promise<void>;
  /** Starts it again on the same port and data. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts `redis-server` of the PATH on a free port, with an append-only file in a folder of its own. */
export async function startTestRedis(): Promise<TestRedis> {
  const port = await freePort();
  const dir = await mkdtemp(join(tmpdir(), "astratrade-redis-"));
  const config = join(dir, "redis.conf");
  await writeFile(config, configText(port, dir));
  const admin = new Redis({ port, username: "admin", password: "admin", protocol: 2 });
  admin.on("error", () => undefined);
  const links: RedisLink[] = [];
  let child: ChildProcess | undefined;

  const address = (client: RedisClientName): RedisAddress => ({
    host: "127.0.0.1",
    port,
    username: client,
    password: `${client}-password`,
  });
  const start = async (): Promise<void> => {
    child = spawn("redis-server", [config], { stdio: "ignore" });
    child.on("error", (error) => {
      throw new Error(`redis-server could not be started; is it on the PATH? ${error.message}`);
    });
    await waitUntil(async () => (await admin.ping().catch(() => "")) === "PONG", {
      what: "redis-server answers",
    });
  };
  const kill = async (): Promise<void> => {
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  };
  await start();

  return {
    port,
    admin,
    address,
    link: async (client) => {
      const link = openRedisLink(address(client));
      links.push(link);
      await waitUntil(() => link.state().status === "up", { what: `the link of ${client} is up` });
      return link;
    },
    signal: (signal) => void child?.kill(signal),
    kill,
    forget: () => rm(join(dir, "appendonlydir"), { recursive: true }),
    start,
    stop: async () => {
      for (const link of links) link.close();
      admin.disconnect();
      await kill();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function configText(port: number, dir: string): string {
  const users = redisClientNames.map(
    (name) => `user ${name} on >${name}-password ${renderAclRules(redisAclFor(name))}`,
  );
  return [
    `port ${port}`,
    "bind 127.0.0.1",
    `dir ${dir}`,
    "appendonly yes",
    "appendfsync always",
    'save ""',
    `user default on >default-password ${defaultUserRules}`,
    "user admin on >admin ~* &* +@all",
    ...users,
    "",
  ].join("\n");
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
