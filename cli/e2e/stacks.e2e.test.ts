import axios from "axios";
import { afterAll, beforeAll, expect, test } from "vitest";
import { labels } from "../../catalog/labels.ts";
import { expectExit } from "./expect-exit.ts";
import { createSandbox, type Sandbox } from "./sandbox.ts";

/**
 * Three stacks of one clone and one home, side by side on one engine, as dev, staging and prod are. The tests build on each
 * other, in order.
 */
let stacks: Sandbox[];
const http = axios.create({ timeout: 15_000 });

beforeAll(async () => {
  const first = await createSandbox();
  stacks = [first, await createSandbox({ beside: first }), await createSandbox({ beside: first })];
  // As on staging and prod: only the gateway can be reached.
  for (const sandbox of stacks.slice(1)) sandbox.configure({ publish: "entry" });
});

afterAll(async () => {
  // The first one last: the clone is its own.
  for (const sandbox of stacks.toReversed()) await sandbox.remove();
});

function stack(index: number): Sandbox {
  const found = stacks[index];
  if (found === undefined) throw new Error(`there is no stack ${index}`);
  return found;
}

/** What must not change when another stack is updated or taken down. */
async function footprint({ docker, stack: name, gatewayUrl }: Sandbox) {
  const filters = { label: [`${labels.stack}=${name}`] };
  const containers = await docker.listContainers({ all: true, filters });
  const running = await Promise.all(
    containers.map(async ({ Id }) => {
      const { Name, Image, State, RestartCount } = await docker.getContainer(Id).inspect();
      return [Name, Id, Image, State.StartedAt, State.Health?.Status, RestartCount].join(" ");
    }),
  );
  const networks = await docker.listNetworks({ filters });
  const { Volumes } = await docker.listVolumes({ filters });
  const { data } = await http.get<{ kpis: { trades_total: number } }>(`${gatewayUrl}/dashboard`);
  return {
    containers: running.sort(),
    networks: networks.map(({ Name, Id }) => `${Name} ${Id}`).sort(),
    volumes: Volumes.map(({ Name }) => Name).sort(),
    trades: data.kpis.trades_total,
  };
}

async function trade({ gatewayUrl }: Sandbox, amount: number): Promise<void> {
  await http.post(`${gatewayUrl}/api/v1/trading/execute`, {
    user_id: 7,
    asset_symbol: "BTC/USD",
    direction: "LONG",
    amount,
  });
}

test("each is deployed and validated beside the others, two of them at the same time", async () => {
  const [first, second, third] = [stack(0), stack(1), stack(2)];
  expectExit(await first.astra("up"), 0);
  const alone = await footprint(first);
  const outcomes = await Promise.all([second, third].map((sandbox) => sandbox.astra("up")));
  for (const outcome of outcomes) expectExit(outcome, 0);
  expect(await footprint(first)).toEqual(alone);
  const counts = await Promise.all(
    stacks.map(async (sandbox) => (await footprint(sandbox)).containers.length),
  );
  expect(counts[0]).toBeGreaterThanOrEqual(8);
  expect(counts).toEqual([counts[0], counts[0], counts[0]]);
});

test("a trade of one stack is in that stack only", async () => {
  const tradesOf = async () =>
    Promise.all(stacks.map(async (sandbox) => (await footprint(sandbox)).trades));
  const before = await tradesOf();
  for (const [index, sandbox] of stacks.entries()) {
    // Another number in each, so that a trade that went astray cannot be made up for.
    for (let count = 0; count <= index; count++) await trade(sandbox, 10 + count);
  }
  await expect
    .poll(tradesOf, { timeout: 10_000 })
    .toEqual(before.map((trades, index) => trades + index + 1));
});

test("a policy that is broken stops an update before it begins, and says the way out", async () => {
  const [first, second] = [stack(0), stack(1)];
  const { Image } = await first.docker.getContainer(`${first.prefix}redis`).inspect();
  await first.docker.getImage(Image).tag({ repo: `${first.stack}/redis`, tag: "latest" });
  const before = await footprint(second);
  second.configure({ publish: "entry", images: { redis: `${first.stack}/redis:latest` } });
  const outcome = await second.astra("up");
  await first.docker.getImage(`${first.stack}/redis:latest`).remove();
  second.configure({ publish: "entry" });
  expectExit(outcome, 1);
  expect(outcome.text).toContain(
    `pinned-image: redis has image "${first.stack}/redis:latest"; allowed: a tag that is not \`latest\``,
  );
  expect(await footprint(second)).toEqual(before);
});

test("an update of one leaves the others alone", async () => {
  const [first, second, third] = [stack(0), stack(1), stack(2)];
  const [one, two, three] = await Promise.all([first, second, third].map(footprint));
  second.configure({ publish: "entry", limits: { social: { memoryMb: 448 } } });
  const outcome = await second.astra("up");
  expectExit(outcome, 0);
  expect(outcome.text).toMatch(/: 1 to replace, \d+ unchanged/);
  expect(await footprint(first)).toEqual(one);
  expect(await footprint(third)).toEqual(three);
  const after = await footprint(second);
  expect(after.containers.filter((it) => two?.containers.includes(it) !== true)).toEqual([
    expect.stringContaining(`/${second.prefix}social-service `),
  ]);
  // Each validation makes a trade of its own.
  expect(after.trades).toBeGreaterThan(two?.trades ?? 0);
});

test("taking one down, and purging another, leaves the third with its data", async () => {
  const [first, second, third] = [stack(0), stack(1), stack(2)];
  const [one, two] = await Promise.all([first, second].map(footprint));
  expectExit(await third.astra("down", "--purge", "--confirm", third.stack), 0);
  expect(await footprint(first)).toEqual(one);
  expect(await footprint(second)).toEqual(two);
  const filters = { label: [`${labels.stack}=${third.stack}`] };
  expect(await third.docker.listContainers({ all: true, filters })).toEqual([]);
  expect((await third.docker.listVolumes({ filters })).Volumes).toEqual([]);

  expectExit(await first.astra("down"), 0);
  expect(await footprint(second)).toEqual(two);
  expectExit(await second.astra("validate"), 0);
  const kept = await first.docker.listVolumes({
    filters: { label: [`${labels.stack}=${first.stack}`] },
  });
  expect(kept.Volumes.map(({ Name }) => Name).sort()).toEqual(one?.volumes);
});
