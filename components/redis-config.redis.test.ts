import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { Redis } from "ioredis";
import { afterEach, expect, test } from "vitest";
import { redisAclFor } from "../catalog/redis-acl.ts";
import { redisConfig } from "./redis-config.ts";

const hash = (password: string) => createHash("sha256").update(password).digest("hex");
const folder = mkdtempSync(join(tmpdir(), "astratrade-redis-config-"));
let server: ChildProcess | undefined;

afterEach(async () => {
  if (server?.exitCode === null) {
    server.kill("SIGKILL");
    await once(server, "exit");
  }
  rmSync(folder, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** The configuration as deployed, but for the places of port, data and log. */
function configFile(port: number): string {
  const text = redisConfig({
    memoryMb: 64,
    defaultHash: hash("default-password"),
    users: {
      trading: { acl: redisAclFor("trading"), hash: hash("trading-password") },
      social: { acl: redisAclFor("social"), hash: hash("social-password") },
    },
  });
  const path = join(folder, "redis.conf");
  writeFileSync(
    path,
    text
      .replace("port 6379", `port ${port}`)
      .replace("dir /data", `dir ${folder}\nlogfile ${join(folder, "redis.log")}`)
      .replace("appendfsync everysec", "appendfsync always"),
  );
  return path;
}

function connect(port: number, username: string): Redis {
  const client = new Redis({
    port,
    host: "127.0.0.1",
    username,
    password: `${username}-password`,
    // The check asks for INFO, which no client of ours may.
    enableReadyCheck: false,
  });
  // Until the server listens, the first attempts are refused; what counts is that a command is answered in the end.
  client.on("error", () => undefined);
  return client;
}

test("whatever clients wrote, in scripts too, is there after a restart", async () => {
  const port = await freePort();
  const config = configFile(port);
  server = spawn("redis-server", [config], { stdio: "ignore" });
  const trading = connect(port, "trading");
  await trading.eval(
    "redis.call('SET', KEYS[1], 'a'); redis.call('HINCRBY', KEYS[2], 'n', 2); redis.call('ZADD', KEYS[3], 1, 'm');" +
      "redis.call('XADD', KEYS[4], '*', 'type', 'trade'); redis.call('SET', KEYS[5], 'x', 'PX', 600000)",
    5,
    "trading:a",
    "trading:h",
    "trading:z",
    "events:trading",
    "trading:ttl",
  );
  await trading.eval(
    "redis.call('SET', KEYS[1], '1'); redis.call('DEL', KEYS[2]); redis.call('SADD', KEYS[3], 'x')",
    3,
    "trading:b",
    "trading:a",
    "ledger:s",
  );
  const social = connect(port, "social");
  await social.xgroup("CREATE", "events:trading", "social", "0");
  await social.xreadgroup("GROUP", "social", "one", "COUNT", "1", "STREAMS", "events:trading", ">");
  const state = async (client: Redis, reader: Redis) => ({
    a: await client.get("trading:a"),
    b: await client.get("trading:b"),
    h: await client.hgetall("trading:h"),
    z: await client.zrange("trading:z", "0", "-1"),
    s: await client.smembers("ledger:s"),
    ttl: await client.get("trading:ttl"),
    stream: (await client.xrange("events:trading", "-", "+")).map(([, fields]) => fields),
    pending: (await reader.xpending("events:trading", "social"))[0],
  });
  const before = await state(trading, social);
  expect(before).toEqual({
    a: null,
    b: "1",
    h: { n: "2" },
    z: ["m"],
    s: ["x"],
    ttl: "x",
    stream: [["type", "trade"]],
    pending: 1,
  });
  trading.disconnect();
  social.disconnect();

  server.kill("SIGTERM");
  await once(server, "exit");
  server = spawn("redis-server", [config], { stdio: "ignore" });
  const [again, reader] = [connect(port, "trading"), connect(port, "social")];
  expect(await state(again, reader)).toEqual(before);
  again.disconnect();
  reader.disconnect();
  expect(readFileSync(join(folder, "redis.log"), "utf8")).not.toContain("AOF-loading-client");
});
