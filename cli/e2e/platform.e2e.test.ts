import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import axios from "axios";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Deployment } from "../../catalog/deployment.ts";
import { repositoryRoot } from "../paths.ts";
import { forStack, planBlocks } from "./plan-blocks.ts";
import { expectExit } from "./expect-exit.ts";
import { createSandbox, latestReport, type Sandbox } from "./sandbox.ts";

/**
 * The product as its user has it, on the real engine: one stack, from the first `up` to the last `down`. The tests build
 * on each other, in order.
 */
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await createSandbox();
});

afterAll(async () => {
  await sandbox.remove();
});

const http = axios.create({ timeout: 15_000, validateStatus: () => true });
const trade = { user_id: 123, asset_symbol: "BTC/USD", direction: "LONG", amount: 1000 };

function get(path: string) {
  return http.get<Record<string, never>>(`${sandbox.gatewayUrl}${path}`);
}

async function kpis(): Promise<{ trades_total: number; trading_volume_usd: string | number }> {
  const { data } = await http.get<{
    kpis: { trades_total: number; trading_volume_usd: string | number };
  }>(`${sandbox.gatewayUrl}/dashboard`);
  return data.kpis;
}

async function deployment(): Promise<Deployment> {
  const { text } = await sandbox.shell(`pulumi stack output deployment --json`);
  return JSON.parse(text) as Deployment;
}

async function containerIds(): Promise<Record<string, string>> {
  const { containers } = await deployment();
  const ids = await Promise.all(
    containers.map(async ({ name, service }) => {
      const { Id } = await sandbox.docker.getContainer(name).inspect();
      return [service, Id] as const;
    }),
  );
  return Object.fromEntries(ids);
}

/** Ids of the stack's networks by name: a network that was made again has another one. */
async function networkIds(): Promise<Record<string, string>> {
  const filters = { label: [`io.astratrade.stack=${sandbox.stack}`] };
  const networks = await sandbox.docker.listNetworks({ filters });
  return Object.fromEntries(networks.map(({ Name, Id }) => [Name, Id]));
}

async function execIn(container: string, command: string[]): Promise<string> {
  const { text } = await sandbox.shell(
    `docker exec ${container} ${command.map((word) => `'${word}'`).join(" ")}`,
  );
  return text.trim();
}

/** Polls until the answer is as wanted; the promise of the time is asserted. */
async function within<T>(
  ms: number,
  ask: () => Promise<T>,
  good: (value: T) => boolean,
): Promise<T> {
  const deadline = performance.now() + ms;
  for (;;) {
    const value = await ask();
    if (good(value)) return value;
    if (performance.now() > deadline) {
      throw new Error(`not within ${ms} ms; the last answer was ${JSON.stringify(value)}`);
    }
  }
}

describe("wrong settings", () => {
  test("are all named before anything is touched", async () => {
    sandbox.configure({ publish: "everything", scrapeInterval: 5 });
    const outcome = await sandbox.astra("up");
    expectExit(outcome, 2);
    expect(outcome.text).toContain('astratrade:publish is "everything": allowed: all, entry');
    expect(outcome.text).toContain("astratrade:scrapeInterval (value 5) is not a setting");
    expect(outcome.text).not.toContain("Deploy");
    sandbox.configure({});
  });

  test("a stack without a file, and a command that is none", async () => {
    const outcome = await sandbox.astra("up", "--stack", "nowhere");
    expectExit(outcome, 2);
    expect(outcome.text).toContain("Pulumi.nowhere.yaml does not exist; there is dev");
    expectExit(await sandbox.astra("upp"), 2);
  });

  test("without set-up, and without a deployed stack, status says what to run", async () => {
    const bare = await sandbox.astra("status");
    expectExit(bare, 3);
    expect(bare.text).toContain("run `npm run setup`");
    expectExit(await sandbox.setup(), 0);
    const empty = await sandbox.astra("status");
    expectExit(empty, 3);
    expect(empty.text).toContain("is not deployed");
  });
});

describe("deploy", () => {
  test("up deploys, validates, and names the addresses and the report", async () => {
    const outcome = await sandbox.astra("up");
    expectExit(outcome, 0);
    expect(outcome.text).toContain(`Gateway     ${sandbox.gatewayUrl}`);
    expect(outcome.text).toMatch(/Report: .*reports/);
    expect(latestReport(sandbox)).toMatchObject({ schemaVersion: 1, verdict: "passed" });
  });

  test("every container is healthy, and status says so", async () => {
    const outcome = await sandbox.astra("status", "--json");
    expectExit(outcome, 0);
    const { containers } = JSON.parse(outcome.text) as { containers: { state: string }[] };
    expect(containers.length).toBeGreaterThanOrEqual(8);
    expect(new Set(containers.map(({ state }) => state))).toEqual(new Set(["healthy"]));
  });

  test("the clone is as clean as before", async () => {
    const { text } = await sandbox.shell("git status --porcelain");
    expect(text).toBe("");
  });

  test("memory and CPU limits are in every container's cgroup", async () => {
    const { containers } = await deployment();
    for (const { name, limits } of containers) {
      const files = await execIn(name, [
        "sh",
        "-c",
        "cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us 2>/dev/null || cat memory.max cpu.max",
      ]);
      const [memory, quota, period] = files.split(/\s+/).map(Number);
      expect([name, memory, (quota ?? 0) / (period ?? 1)]).toEqual([
        name,
        limits.memoryBytes,
        limits.nanoCpus / 1e9,
      ]);
    }
  });

  test("a second up changes nothing and is quick", async () => {
    const before = await containerIds();
    const outcome = await sandbox.astra("up");
    expectExit(outcome, 0);
    expect(outcome.text).toContain("no change");
    expect(outcome.text).toContain("still release 1");
    // Promised are 15 s; the rest is room for a busy machine.
    expect(outcome.milliseconds).toBeLessThan(30_000);
    expect(await containerIds()).toEqual(before);
  });

  test("plain pulumi works from any folder: preview and refresh see no change", async () => {
    const folder = "runtime/gateway";
    for (const line of [
      `pulumi preview --stack ${sandbox.stack} --non-interactive --expect-no-changes`,
      `pulumi refresh --stack ${sandbox.stack} --non-interactive --yes --expect-no-changes`,
      `pulumi up --stack ${sandbox.stack} --non-interactive --yes --expect-no-changes`,
    ]) {
      expectExit(await sandbox.shell(line, folder), 0);
    }
    const outcome = await sandbox.astra("up");
    expect(outcome.text).toContain("no change");
    const { text } = await sandbox.shell("git status --porcelain");
    expect(text).toBe("");
  });
});

describe("settings that fit no machine", () => {
  test("two containers on one host port, and an image that cannot be had, leave all as it is", async () => {
    const before = await containerIds();
    const { ports } = sandbox;
    sandbox.configure({ ports: { ...ports, nft: ports.gateway } });
    const doubled = await sandbox.astra("up");
    expectExit(doubled, 2);
    expect(doubled.text).toContain(`host port ${ports.gateway ?? 0} is asked for by`);

    sandbox.configure({ images: { redis: "registry.invalid/redis:7" } });
    const missing = await sandbox.astra("up");
    expectExit(missing, 2);
    expect(missing.text).toContain('astratrade:images.redis is "registry.invalid/redis:7"');
    sandbox.configure({});
    expect(await containerIds()).toEqual(before);
  });
});

describe("a home that does not know the stack", () => {
  test("up says where the state may be, and touches nothing", async () => {
    const before = await containerIds();
    const outcome = await sandbox.shell(
      `ASTRATRADE_HOME=${sandbox.root}-other npm run -s up -- --stack ${sandbox.stack}`,
    );
    expectExit(outcome, 1);
    expect(outcome.text).toContain(`${sandbox.prefix}redis`);
    expect(outcome.text).toContain("set ASTRATRADE_HOME to it");
    expect(await containerIds()).toEqual(before);
  });
});

describe("the plan", () => {
  test("its lines, run as written, give what it says", async () => {
    const markdown = readFileSync(join(repositoryRoot, "docs", "plan.md"), "utf8");
    const blocks = planBlocks(markdown);
    expect(blocks.length).toBeGreaterThan(8);
    for (const block of blocks) {
      const { script, gives } = forStack(block, sandbox);
      const { text } = await sandbox.shell(script);
      expect(text, script).toContain(gives);
    }
  });

  test("the examples of the gateway's guide, run as written, give what it says", async () => {
    const markdown = readFileSync(join(repositoryRoot, "docs", "gateway.md"), "utf8");
    const blocks = planBlocks(markdown);
    expect(blocks.length).toBeGreaterThan(6);
    for (const block of blocks) {
      const { script, gives } = forStack(block, sandbox);
      const { text } = await sandbox.shell(script);
      expect(text, script).toContain(gives);
    }
  });

  test("what the gateway exports is as Prometheus wants it", async () => {
    const admin = `http://${sandbox.prefix}api-gateway-admin:8100`;
    const lint = `wget -q -O - ${admin}/metrics | promtool check metrics && echo good`;
    expect(await execIn(`${sandbox.prefix}prometheus`, ["sh", "-c", lint])).toBe("good");
  });

  test("redis answers a ping in its container, and a stranger gets nothing", async () => {
    const redis = `${sandbox.prefix}redis`;
    expect(await execIn(redis, ["redis-cli", "ping"])).toBe("PONG");
    const stranger = ["env", "-u", "REDISCLI_AUTH", "redis-cli"];
    expect(await execIn(redis, [...stranger, "set", "a", "1"])).toContain("NOAUTH");
  });

  test("a trade is recorded and moves the figures", async () => {
    const before = await kpis();
    const { status, headers } = await http.post(
      `${sandbox.gatewayUrl}/api/v1/trading/execute`,
      trade,
      { headers: { "X-Correlation-ID": "e2e-trade-1" } },
    );
    expect(status).toBe(201);
    expect(headers["x-correlation-id"]).toBe("e2e-trade-1");
    const after = await within(10_000, kpis, (it) => it.trades_total > before.trades_total);
    expect(after.trades_total).toBe(before.trades_total + 1);
    expect(Number(after.trading_volume_usd)).toBe(Number(before.trading_volume_usd) + 1000);
  });

  test("a stopped service is answered for at once, and good answers return within 30 s", async () => {
    const { docker, prefix, gatewayUrl } = sandbox;
    const container = docker.getContainer(`${prefix}trading-service`);
    await container.stop();
    const startedAt = performance.now();
    expect((await get("/api/v1/trading/execute")).status).toBe(503);
    expect((await http.post(`${gatewayUrl}/api/v1/trading/execute`, trade)).status).toBe(503);
    expect(performance.now() - startedAt).toBeLessThan(4000);
    await container.start();
    await within(
      30_000,
      () => get("/api/v1/trading/execute"),
      ({ status }) => status === 200,
    );
  });

  test("down and up again: the trades are still there", async () => {
    const before = await kpis();
    expectExit(await sandbox.astra("down"), 0);
    const { text } = await sandbox.shell(`docker ps -aq --filter name=${sandbox.prefix}`);
    expect(text).toBe("");
    const outcome = await sandbox.astra("up");
    expectExit(outcome, 0);
    expect((await kpis()).trades_total).toBeGreaterThanOrEqual(before.trades_total);
    // Promised are 60 s with everything cached; the rest is room for a busy machine.
    expect(outcome.milliseconds).toBeLessThan(120_000);
  });
});

describe("the validation fails when it should", () => {
  test("a stopped container fails its check, and mending passes again", async () => {
    const container = sandbox.docker.getContainer(`${sandbox.prefix}social-service`);
    await container.stop();
    const outcome = await sandbox.astra("validate");
    expectExit(outcome, 1);
    expect(outcome.text).toContain(`${sandbox.prefix}social-service`);
    expect(latestReport(sandbox)).toMatchObject({ verdict: "failed" });
    await container.start();
    expectExit(await sandbox.astra("validate"), 0);
  });

  test("a limit changed by hand fails, and only the limit", async () => {
    const container = sandbox.docker.getContainer(`${sandbox.prefix}nft-service`);
    const mebibytes = (count: number) => ({
      Memory: count * 1024 ** 2,
      MemorySwap: count * 1024 ** 2,
    });
    await container.update(mebibytes(300));
    expectExit(await sandbox.astra("validate"), 1);
    const { checks } = latestReport(sandbox) as { checks: { id: string; status: string }[] };
    expect(checks.filter(({ status }) => status === "fail").map(({ id }) => id)).toSatisfy(
      (ids: string[]) =>
        ids.length > 0 && ids.every((id) => id.startsWith("limits.") && id.includes("nft")),
    );
    await container.update(mebibytes(512));
  });
});

describe("what goes wrong", () => {
  test("a build that fails shows the failing step, and leaves the stack running", async () => {
    const dockerfile = join(sandbox.root, "runtime", "Dockerfile");
    const good = readFileSync(dockerfile, "utf8");
    writeFileSync(dockerfile, `${good}RUN echo "this step fails" && false\n`);
    const outcome = await sandbox.astra("up");
    expectExit(outcome, 1);
    expect(outcome.text).toContain("this step fails");
    expect((await get("/health")).status).toBe(200);
    writeFileSync(dockerfile, good);
  });

  test("a container that never gets healthy fails the deploy and shows its last lines", async () => {
    sandbox.configure({ limits: { nft: { memoryMb: 8 } }, healthTimeoutSeconds: 10 });
    const outcome = await sandbox.astra("up");
    expectExit(outcome, 1);
    expect(outcome.text).toContain(`${sandbox.prefix}nft-service`);
    expect(outcome.text).toMatch(/last log lines|logged nothing/);
    // Once more with the fault still there: it must not turn green.
    expectExit(await sandbox.astra("up"), 1);
  });

  test("with the fault mended, the next up replaces it", async () => {
    const failed = await sandbox.docker.getContainer(`${sandbox.prefix}nft-service`).inspect();
    sandbox.configure({});
    expectExit(await sandbox.astra("up"), 0);
    const mended = await sandbox.docker.getContainer(`${sandbox.prefix}nft-service`).inspect();
    expect(mended.Id).not.toBe(failed.Id);
    expect(mended.HostConfig.Memory).toBe(512 * 1024 ** 2);
  });
});

describe("a state that is lost", () => {
  test("up refuses and names the way; with --adopt it takes over what runs, and no trade is lost", async () => {
    const trades = (await kpis()).trades_total;
    const networks = await networkIds();
    rmSync(join(sandbox.root, "..", "home", "state"), { recursive: true });
    const status = await sandbox.astra("status");
    expectExit(status, 3);
    expect(status.text).toContain("is not deployed");
    const refused = await sandbox.astra("up");
    expectExit(refused, 1);
    expect(refused.text).toContain(`npm run up -- --stack ${sandbox.stack} --adopt`);

    const adopted = await sandbox.astra("up", "--adopt");
    expectExit(adopted, 0);
    expect(adopted.text).toContain(`astratrade-${sandbox.stack}-edge`);
    expect(await networkIds()).toEqual(networks);
    expect((await kpis()).trades_total).toBeGreaterThanOrEqual(trades);
    const again = await sandbox.astra("up");
    expectExit(again, 0);
    expect(again.text).toContain("no change");
  });
});

describe("taking it down for good", () => {
  test("asks for the stack's name", async () => {
    const silent = await sandbox.astra("down", "--purge");
    expectExit(silent, 2);
    expect(silent.text).toContain(`--confirm ${sandbox.stack}`);
    expectExit(await sandbox.astra("down", "--purge", "--confirm", "dev"), 2);
    expect((await get("/health")).status).toBe(200);
  });

  test("deletes the data and leaves nothing", async () => {
    expectExit(await sandbox.astra("down", "--purge", "--confirm", sandbox.stack), 0);
    const filter = `--filter label=io.astratrade.stack=${sandbox.stack}`;
    const { text } = await sandbox.shell(
      `docker ps -aq ${filter}; docker network ls -q ${filter}; docker volume ls -q ${filter}`,
    );
    expect(text).toBe("");
  });
});
