import { Readable } from "node:stream";
import axios from "axios";
import { afterAll, beforeAll, expect, test } from "vitest";
import { knownSecrets } from "../drift/known-secrets.ts";
import { parseStackState } from "../pulumi/stack-state.ts";
import { expectExit } from "./expect-exit.ts";
import { createSandbox, type Outcome, type Sandbox } from "./sandbox.ts";

/** Drift as people make it with the engine's own tools: found, named, mended. The tests build on each other, in order. */
let sandbox: Sandbox;
let foreignNetwork: string;
/** Everything that any command has printed. */
const printed: string[] = [];
/** Typed in by a person; no state knows it. */
const typedSecret = "s3cret-typed-by-hand";

beforeAll(async () => {
  sandbox = await createSandbox();
  foreignNetwork = `${sandbox.prefix}foreign`;
});

afterAll(async () => {
  await sandbox.remove();
  await sandbox.docker
    .getNetwork(foreignNetwork)
    .remove()
    .catch(() => undefined);
});

async function astra(command: string, ...args: string[]): Promise<Outcome> {
  const outcome = await sandbox.astra(command, ...args);
  printed.push(outcome.text);
  return outcome;
}

const container = (service: string) => sandbox.docker.getContainer(sandbox.prefix + service);

async function trades(): Promise<number> {
  const { data } = await axios.get<{ kpis: { trades_total: number } }>(
    `${sandbox.gatewayUrl}/dashboard`,
    { timeout: 15_000 },
  );
  return data.kpis.trades_total;
}

async function startedAt(service: string): Promise<string> {
  return (await container(service).inspect()).State.StartedAt;
}

/** Follows which containers end, and how, and which are made. The engine itself remembers the last 256 events only. */
async function followEvents(): Promise<{ stop: () => string[] }> {
  const stream = await sandbox.docker.getEvents({
    filters: { event: ["die", "create"], label: [`io.astratrade.stack=${sandbox.stack}`] },
  });
  let text = "";
  stream.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
  return {
    stop: () => {
      if (stream instanceof Readable) stream.destroy();
      const lines = text.split("\n").filter((line) => line !== "");
      return lines.map((line) => {
        const { Action, Actor } = JSON.parse(line) as {
          Action: string;
          Actor: { Attributes: { name: string; exitCode?: string } };
        };
        const { name, exitCode } = Actor.Attributes;
        return [name.slice(sandbox.prefix.length), Action, exitCode].filter(Boolean).join(" ");
      });
    },
  };
}

/** As with `docker run` and the options of the one before, of which one is another now. */
async function remake(
  service: string,
  change: (spec: { Env: string[]; Labels: Record<string, string>; Binds: string[] }) => void,
): Promise<void> {
  const { Id, Config, HostConfig, NetworkSettings } = await container(service).inspect();
  const { Hostname, ...config } = Config;
  const spec = { Env: Config.Env, Labels: Config.Labels, Binds: HostConfig.Binds ?? [] };
  change(spec);
  await container(service).remove({ force: true });
  const made = await sandbox.docker.createContainer({
    ...config,
    name: sandbox.prefix + service,
    Env: spec.Env,
    Labels: spec.Labels,
    HostConfig: { ...HostConfig, Binds: spec.Binds },
  });
  await sandbox.docker.getNetwork("bridge").disconnect({ Container: made.id });
  for (const [network, { Aliases }] of Object.entries(NetworkSettings.Networks)) {
    const aliases = (Aliases as string[]).filter((it) => it !== Hostname && !Id.startsWith(it));
    await sandbox.docker
      .getNetwork(network)
      .connect({ Container: made.id, EndpointConfig: { Aliases: aliases } });
  }
  await made.start();
}

test("a stack that has just been deployed has no drift", async () => {
  expectExit(await astra("setup"), 0);
  expectExit(await astra("drift"), 3);
  expectExit(await astra("up"), 0);
  const outcome = await astra("drift");
  expectExit(outcome, 0);
  expect(outcome.text).toMatch(/^Stack \w+ runs as it was deployed: .* compared\.$/);
  const trade = { user_id: 123, asset_symbol: "BTC/USD", direction: "LONG", amount: 1000 };
  const { status } = await axios.post(`${sandbox.gatewayUrl}/api/v1/trading/execute`, trade);
  expect(status).toBe(201);
  await expect.poll(trades, { timeout: 15_000 }).toBeGreaterThan(0);
});

test("whatever was done by hand is found and named", async () => {
  const { docker, prefix, root, stack } = sandbox;
  const mebibytes = 300 * 1024 ** 2;
  await container("nft-service").update({ Memory: mebibytes, MemorySwap: mebibytes });
  await container("social-service").update({ RestartPolicy: { Name: "no" } });
  await remake("trading-service", ({ Env }) => {
    Env[Env.indexOf("LOG_LEVEL=info")] = "LOG_LEVEL=debug";
    Env.push(`API_TOKEN=${typedSecret}`);
  });
  await remake("financial-service", ({ Labels }) => {
    Labels["io.astratrade.release"] = "9.9.9";
  });
  await remake("user-service", ({ Binds }) => {
    Binds.push(`${root}:/extra:ro`);
  });
  const networkOfNft = `astratrade-${stack}-nft`;
  const gateway = { Container: `${prefix}api-gateway` };
  await docker.createNetwork({ Name: foreignNetwork });
  await docker.getNetwork(networkOfNft).disconnect(gateway);
  await docker.getNetwork(foreignNetwork).connect(gateway);
  await container("gamification-service").stop();
  await container("redis").stop();
  await container("redis").remove();
  const edited = await sandbox.shell(
    `docker cp ${prefix}prometheus:/etc/prometheus/prometheus.yml edited.yml` +
      ` && sed -i 's/"scrape_interval": "5s"/"scrape_interval": "50s"/' edited.yml` +
      ` && docker cp edited.yml ${prefix}prometheus:/etc/prometheus/prometheus.yml && rm edited.yml`,
  );
  expectExit(edited, 0);

  const outcome = await astra("drift", "--json");
  expectExit(outcome, 1);
  const { items } = JSON.parse(outcome.text) as {
    items: { name: string; property: string; actual: string; mend: string; diff?: string }[];
  };
  const named = items
    // A container that was made by hand is another one, too.
    .filter(({ property }) => property !== "container")
    .map(({ name, property, mend }) => [name.slice(prefix.length), property, mend]);
  expect(named).toEqual([
    ["api-gateway", `network ${networkOfNft}`, "replace"],
    ["api-gateway", `network ${foreignNetwork}`, "replace"],
    ["financial-service", "label.io.astratrade.release", "replace"],
    ["gamification-service", "state", "start"],
    ["nft-service", "memory", "update"],
    ["nft-service", "memorySwap", "update"],
    ["prometheus", "file /etc/prometheus/prometheus.yml", "replace"],
    ["redis", "state", "create"],
    ["social-service", "restart", "update"],
    ["trading-service", "env.API_TOKEN", "replace"],
    ["trading-service", "env.LOG_LEVEL", "replace"],
    ["user-service", "mount /extra", "replace"],
  ]);
  expect(items.find(({ diff }) => diff !== undefined)?.diff).toContain(
    '-    "scrape_interval": "5s",\n+    "scrape_interval": "50s",',
  );
  const text = await astra("drift");
  expectExit(text, 1);
  expect(text.text).toContain("    - 512 MiB\n    + 300 MiB");
});

test("the next up mends all of it, leaves the rest alone, and the trades are still there", async () => {
  const outcome = await astra("up");
  expectExit(outcome, 0);
  expect(outcome.text).toContain("nft-service: memory is 300 MiB, deployed was 512 MiB");
  expect(outcome.text).toContain("no drift is left");
  expectExit(await astra("drift"), 0);
  expect(await trades()).toBeGreaterThan(0);
  const { HostConfig } = await container("nft-service").inspect();
  expect([HostConfig.Memory, HostConfig.MemorySwap]).toEqual([512 * 1024 ** 2, 512 * 1024 ** 2]);
  const { NetworkSettings } = await container("api-gateway").inspect();
  expect(Object.keys(NetworkSettings.Networks)).not.toContain(foreignNetwork);
  const { text } = await sandbox.shell("git status --porcelain");
  expect(text).toBe("");
});

test("a container is replaced alone, within its grace, and once; the up after that changes nothing", async () => {
  const services = ["redis", "trading-service", "api-gateway", "prometheus"];
  const before = await Promise.all(services.map(startedAt));
  // Nothing that a refresh would see.
  const edited = await sandbox.shell(
    `echo "# by hand" > note && docker cp note ${sandbox.prefix}redis:/usr/local/etc/redis/redis.conf && rm note`,
  );
  expectExit(edited, 0);
  const events = await followEvents();
  const outcome = await astra("up");
  expectExit(outcome, 0);
  expect(outcome.text).toMatch(/done in .*: 1 replaced, \d+ unchanged; no drift is left/);
  const after = await Promise.all(services.map(startedAt));
  expect(after.map((time, index) => time !== before[index])).toEqual([true, false, false, false]);
  // A container that is killed ends with 137.
  expect(events.stop()).toEqual(["redis die 0", "redis create"]);
  expect(await trades()).toBeGreaterThan(0);
  const second = await astra("up");
  expectExit(second, 0);
  expect(second.text).toContain("no change");
  expect(await Promise.all(services.map(startedAt))).toEqual(after);
});

test("a setting that waits for a deploy is no drift, and is said", async () => {
  sandbox.configure({ logLevel: "debug" });
  const outcome = await astra("drift");
  expectExit(outcome, 0);
  expect(outcome.text).toContain("The settings or the release differ from what was deployed");
});

test("nothing secret is in anything that was printed", async () => {
  const { text } = await sandbox.shell(
    `pulumi stack export --show-secrets --stack ${sandbox.stack}`,
  );
  const { values } = knownSecrets(parseStackState(JSON.parse(text)));
  expect(values.length).toBeGreaterThan(5);
  const all = printed.join("\n");
  expect([...values, typedSecret].filter((secret) => all.includes(secret))).toEqual([]);
});
