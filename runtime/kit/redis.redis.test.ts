import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isRedisUnavailable, type LinkState, openRedisLink, type RedisLink } from "./redis.ts";
import { defineScript, runScript } from "./script.ts";
import { freePort, startTestRedis, type TestRedis } from "./testing/redis-server.ts";
import { waitUntil } from "./testing/wait-until.ts";

let server: TestRedis;
const links: RedisLink[] = [];
beforeEach(async () => {
  server = await startTestRedis();
});
afterEach(async () => {
  for (const link of links.splice(0)) link.close();
  await server.stop();
});

function open(overrides: { port?: number; password?: string } = {}): RedisLink {
  const link = openRedisLink({ ...server.address("trading"), ...overrides });
  links.push(link);
  return link;
}

async function waitFor(link: RedisLink, status: LinkState["status"]): Promise<void> {
  await waitUntil(() => link.state().status === status, { what: `the link is ${status}` });
}

describe("the link to Redis", () => {
  it("says what it waits for while nothing is there, and fails commands at once", async () => {
    const port = await freePort();
    const link = open({ port });
    await waitUntil(
      () => {
        const state = link.state();
        return state.status === "down" && state.waitingFor.includes("ECONNREFUSED");
      },
      { what: "the refusal is known" },
    );
    expect(link.state()).toMatchObject({
      status: "down",
      waitingFor: `Redis at 127.0.0.1:${port}: connect ECONNREFUSED 127.0.0.1:${port}`,
    });
    const error: unknown = await link.commands.get("trading:x").catch((e: unknown) => e);
    expect(isRedisUnavailable(error)).toBe(true);
  });

  it("says that the password is wrong", async () => {
    const link = open({ password: "guess" });
    await waitUntil(
      () => {
        const state = link.state();
        return state.status === "down" && state.waitingFor.includes("WRONGPASS");
      },
      { what: "the refusal is known" },
    );
  });

  it("comes up by itself, and again after a kill and a restart", async () => {
    const link = open();
    const changes: string[] = [];
    link.onChange(({ status }) => changes.push(status));
    await waitFor(link, "up");
    await server.kill();
    await waitFor(link, "down");
    await server.start();
    await waitFor(link, "up");
    expect(changes).toEqual(["up", "down", "up"]);
    await link.commands.set("trading:x", "1");
  });

  it("notices a frozen Redis, whose connections stay open", async () => {
    const link = open();
    await waitFor(link, "up");
    server.signal("SIGSTOP");
    try {
      const error: unknown = await link.commands.get("trading:x").catch((e: unknown) => e);
      expect(isRedisUnavailable(error)).toBe(true);
      await waitFor(link, "down");
    } finally {
      server.signal("SIGCONT");
    }
    await waitFor(link, "up");
  });

  it("sends a script's text again when Redis has forgotten it", async () => {
    const link = open();
    await waitFor(link, "up");
    const script = defineScript({
      name: "test-add",
      keys: ["sum"],
      args: ["first", "second"],
      lua: "redis.call('SET', sum, first + second) return redis.call('GET', sum)",
    });
    const input = { keys: { sum: "trading:sum" }, args: { first: 1, second: "2" } };
    expect(await runScript(link.commands, script, input)).toBe("3");
    await server.admin.script("FLUSH");
    expect(await runScript(link.commands, script, input)).toBe("3");
  });
});

describe("the append-only file", () => {
  it("brings back what a script wrote to several keys, whatever the rights of its user", async () => {
    const link = open();
    await waitFor(link, "up");
    const script = defineScript({
      name: "test-two-writes",
      keys: ["left", "right"],
      args: [],
      lua: "redis.call('SET', left, 1) redis.call('SET', right, 2) return 1",
    });
    const keys = { left: "trading:left", right: "trading:right" };
    await runScript(link.commands, script, { keys, args: {} });
    await server.kill();
    await server.start();
    expect(await server.admin.mget(keys.left, keys.right)).toEqual(["1", "2"]);
  });
});

describe("the rights of a client", () => {
  async function deniedAs(client: "trading" | "social" | "gateway", command: string[]) {
    const link = await server.link(client);
    const [name = "", ...args] = command;
    const error: unknown = await link.commands.call(name, args).catch((e: unknown) => e);
    return error instanceof Error ? error.message.split(" ")[0] : "allowed";
  }

  it.each([
    ["trading", ["SET", "trading:a", "1"], "allowed"],
    ["trading", ["XADD", "events:trading", "*", "a", "1"], "allowed"],
    ["trading", ["HINCRBY", "ledger:accounts", "a", "1"], "allowed"],
    ["trading", ["GET", "user:a"], "NOPERM"],
    ["trading", ["SET", "registry:instance:user:x", "1"], "NOPERM"],
    ["trading", ["XADD", "events:social", "*", "a", "1"], "NOPERM"],
    ["trading", ["KEYS", "*"], "NOPERM"],
    ["trading", ["FLUSHALL"], "NOPERM"],
    ["trading", ["CONFIG", "GET", "*"], "NOPERM"],
    ["trading", ["SORT", "trading:a", "BY", "user:*"], "NOPERM"],
    ["trading", ["BLPOP", "trading:a", "0"], "NOPERM"],
    ["social", ["XGROUP", "CREATE", "events:trading", "g", "0", "MKSTREAM"], "allowed"],
    ["social", ["XADD", "events:trading", "*", "a", "1"], "NOPERM"],
    ["social", ["XADD", "events:social", "*", "a", "1"], "allowed"],
    ["social", ["DEL", "events:trading"], "NOPERM"],
    ["social", ["GET", "ledger:accounts"], "NOPERM"],
    ["gateway", ["GET", "registry:instance:user:x"], "allowed"],
    ["gateway", ["SET", "registry:instance:user:x", "1"], "NOPERM"],
    ["gateway", ["XGROUP", "CREATE", "events:nft", "g", "0", "MKSTREAM"], "allowed"],
    ["gateway", ["XADD", "events:trading", "*", "a", "1"], "NOPERM"],
  ] as const)("%s may %j: %s", async (client, command, expected) => {
    expect(await deniedAs(client, [...command])).toBe(expected);
  });

  it("are none without a password", async () => {
    const link = openRedisLink({ ...server.address("trading"), username: "", password: "" });
    links.push(link);
    await waitUntil(
      () => {
        const state = link.state();
        return state.status === "down" && state.waitingFor.includes("NOAUTH");
      },
      { what: "the refusal is known" },
    );
    await expect(link.commands.get("trading:a")).rejects.toThrow("NOAUTH");
  });

  it("checks the commands inside a script as well", async () => {
    const link = await server.link("social");
    const forge = "return redis.call('XADD', KEYS[1], '*', 'a', '1')";
    await expect(link.commands.eval(forge, 1, "events:trading")).rejects.toThrow(
      "can't access at least one of the keys",
    );
  });
});
