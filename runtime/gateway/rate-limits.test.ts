import { afterEach, describe, expect, it } from "vitest";
import { errorAnswerSchema, gatewayHealthSchema } from "../../catalog/endpoints.ts";
import { steadyClock, systemRandom } from "../kit/clock.ts";
import type { RateLimiter } from "./rate-limit/limiter.ts";
import { createSharedLimiter } from "./rate-limit/shared-limiter.ts";
import { FakeLog } from "./rate-limit/testing/fake-log.ts";
import { echo, execute, gatewayWith, json } from "./testing/gateway-under-test.ts";
import type { TestAnswer, TestGateway } from "./testing/test-gateway.ts";

const limiters: RateLimiter[] = [];
afterEach(() => {
  for (const limiter of limiters.splice(0)) limiter.close();
});

/** @param log what Redis is, in this process; one that is lost makes the gateway decide by itself */
async function limitedGateway(
  limits: { userPerMinute?: number; addressPerMinute?: number } = {},
  log = new FakeLog(() => steadyClock.nowMs(), 60_000),
): Promise<TestGateway> {
  log.prompt = true;
  const limiter = createSharedLimiter({ log, random: systemRandom });
  limiters.push(limiter);
  return gatewayWith({ limiter, ...limits });
}

async function askTimes(
  gateway: TestGateway,
  times: number,
  path: string,
  headers: Record<string, string> = {},
): Promise<TestAnswer[]> {
  const answers: TestAnswer[] = [];
  for (let count = 0; count < times; count += 1) answers.push(await gateway.ask(path, { headers }));
  return answers;
}

function statuses(answers: readonly TestAnswer[]): number[] {
  return answers.map(({ status }) => status);
}

const user = { "x-user-id": "test-user" };

describe("a user's limit", () => {
  it("takes 200 requests a minute on /health as on any path, and refuses those after, as the plan asks", async () => {
    const gateway = await limitedGateway();
    const answers = await askTimes(gateway, 210, "/health", user);
    expect(statuses(answers)).toEqual(answers.map((_, place) => (place < 200 ? 200 : 429)));
  });

  it("is told of with every answer", async () => {
    const gateway = await limitedGateway({ userPerMinute: 3 });
    const [first, , , refused] = await askTimes(gateway, 4, "/services", user);
    expect(first?.headers).toMatchObject({
      "ratelimit-policy": '"user";q=3;w=60',
      ratelimit: '"user";r=2;t=60',
      "x-ratelimit-limit": "3",
      "x-ratelimit-remaining": "2",
      "x-ratelimit-reset": "60",
    });
    expect(first?.headers).not.toHaveProperty("x-ratelimit-mode");
    expect(first?.headers).not.toHaveProperty("retry-after");
    expect(refused?.headers).toMatchObject({
      ratelimit: '"user";r=0;t=60',
      "x-ratelimit-remaining": "0",
      "retry-after": "60",
    });
    expect(errorAnswerSchema.parse(refused?.json).error).toEqual({
      code: "rate_limited",
      message: "A user may make 3 requests in any 60 seconds. The next one has room in 60 s.",
      service: "gateway",
      correlationId: refused?.headers["x-correlation-id"],
      policy: "user",
      limit: 3,
      windowSeconds: 60,
      retryAfterSeconds: 60,
    });
  });

  it("is each user's own, over all paths, and no service sees what is refused", async () => {
    const gateway = await limitedGateway({ userPerMinute: 2 });
    const trading = await echo();
    gateway.register(trading.instance);
    const path = "/api/v1/trading/markets";
    expect(statuses(await askTimes(gateway, 1, "/health", user))).toEqual([200]);
    const answers = await askTimes(gateway, 2, path, user);
    expect(statuses(answers)).toEqual([200, 429]);
    expect(answers[0]?.headers).toMatchObject({ ratelimit: '"user";r=0;t=60' });
    expect(statuses(await askTimes(gateway, 1, path, { "x-user-id": "8" }))).toEqual([200]);
    expect(trading.seen).toHaveLength(2);
  });

  it("has a further one at the paths of a rule, and shows the one that has less left", async () => {
    const gateway = await limitedGateway({ userPerMinute: 125 });
    const trading = await echo();
    gateway.register(trading.instance);
    const trade = () =>
      gateway.ask(execute, { method: "POST", headers: json, body: '{"user_id":7}' });
    const first = await trade();
    expect(first.headers).toMatchObject({
      "ratelimit-policy": '"user";q=125;w=60, "POST:trading/execute";q=120;w=60',
      ratelimit: '"POST:trading/execute";r=119;t=60',
      "x-ratelimit-limit": "120",
    });
    for (let count = 1; count < 120; count += 1) expect((await trade()).status).toBe(200);
    const refused = await trade();
    expect(refused.status).toBe(429);
    expect(refused.json).toMatchObject({
      error: {
        message: expect.stringContaining("120 requests to POST trading/execute") as string,
        policy: "POST:trading/execute",
        limit: 120,
      },
    });
    // What was refused there has not counted for the user, who has five left.
    const others = await askTimes(gateway, 6, "/health", { "x-user-id": "7" });
    expect(statuses(others)).toEqual([200, 200, 200, 200, 200, 429]);
  });
});

describe("who does not say who he is", () => {
  it("is not limited on /health and /metrics, and not told of limits", async () => {
    const gateway = await limitedGateway({ addressPerMinute: 1 });
    for (const path of ["/health", "/health/live", "/health/ready", "/metrics"]) {
      const answers = await askTimes(gateway, 5, path);
      // It is not ready: there are no services.
      const status = path === "/health/ready" ? 503 : 200;
      expect(statuses(answers)).toEqual(answers.map(() => status));
      expect(answers[0]?.headers).not.toHaveProperty("ratelimit-policy");
    }
  });

  it("is limited by address elsewhere", async () => {
    const gateway = await limitedGateway({ addressPerMinute: 2 });
    const answers = await askTimes(gateway, 3, "/services");
    expect(statuses(answers)).toEqual([200, 200, 429]);
    expect(answers[2]?.headers).toMatchObject({ "ratelimit-policy": '"address";q=2;w=60' });
    expect(answers[2]?.json).toMatchObject({
      error: { policy: "address", limit: 2, code: "rate_limited" },
    });
  });

  it("counts by address, even on /health, when what he says of himself is wrong", async () => {
    const gateway = await limitedGateway({ addressPerMinute: 2 });
    const answers = await askTimes(gateway, 3, "/health", { "x-user-id": "no such id!" });
    expect(statuses(answers)).toEqual([400, 400, 429]);
  });
});

describe("without Redis", () => {
  it("limits by what the gateway has seen, and says so", async () => {
    const log = new FakeLog(() => steadyClock.nowMs(), 60_000);
    const gateway = await limitedGateway({ userPerMinute: 2 }, log);
    await askTimes(gateway, 1, "/health", user);
    log.lose();
    const answers = await askTimes(gateway, 2, "/health", user);
    expect(statuses(answers)).toEqual([200, 429]);
    for (const { headers } of answers) expect(headers["x-ratelimit-mode"]).toBe("local");
  });

  it("is shown on /health at once, which does not fail for it", async () => {
    const log = new FakeLog(() => steadyClock.nowMs(), 60_000);
    const gateway = await limitedGateway({}, log);
    const health = async () => {
      const { status, json: page } = await gateway.ask("/health");
      return [status, gatewayHealthSchema.parse(page).rateLimits];
    };
    await askTimes(gateway, 1, "/health", user);
    expect(await health()).toEqual([200, "shared"]);
    log.lose();
    expect(await health()).toEqual([200, "local"]);
  });
});
