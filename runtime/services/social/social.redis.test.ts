import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startService, type ServiceHarness } from "../../kit/testing/service-harness.ts";
import { publishTrade } from "../../kit/testing/trading-events.ts";
import { waitUntil } from "../../kit/testing/wait-until.ts";
import type { FeedEntry } from "./domain.ts";
import { social } from "./social.ts";

let service: ServiceHarness;
beforeAll(async () => {
  service = await startService("social", social);
});
afterAll(() => service.stop());

async function feed(limit = 20): Promise<FeedEntry[]> {
  const { status, body } = await service.get(`/api/v1/social/feed?limit=${limit}`);
  expect(status).toBe(200);
  return (body as { feed: FeedEntry[] }).feed;
}

describe("the social service", () => {
  it("starts with an empty feed", async () => {
    expect(await feed()).toEqual([]);
  });

  it("puts a trade into the feed, without the amount", async () => {
    const { tradeId } = await publishTrade(service.redis.admin, { user_id: 123 });
    await waitUntil(async () => (await feed()).length === 1, { what: "the trade is in the feed" });
    expect(await feed()).toEqual([
      {
        id: `feed_${tradeId}`,
        user_id: 123,
        type: "trade_executed",
        content: "went LONG on BTC/USD at 44866.62",
        timestamp: "2026-01-05T10:00:00.000Z",
      },
    ]);
    expect(JSON.stringify(await service.events("social"))).not.toContain("1000.00");
  });

  it("puts posts on top and publishes them", async () => {
    const { status, body } = await service.send("POST", "/api/v1/social/posts", {
      user_id: "poet",
      content: "  to the moon  ",
    });
    expect(status).toBe(201);
    const { post } = body as { post: FeedEntry };
    expect(post).toMatchObject({ user_id: "poet", type: "post", content: "to the moon" });
    expect((await feed(1))[0]).toEqual(post);
    expect((await service.events("social")).at(-1)).toMatchObject({
      type: "astra.social.post_created.v1",
      payload: post,
    });
  });

  it.each([
    ["no words", { user_id: 1, content: "   " }, 400],
    ["too many words", { user_id: 1, content: "x".repeat(501) }, 400],
    ["nobody's words", { content: "hello" }, 401],
  ])("refuses %s", async (_name, post, status) => {
    expect((await service.send("POST", "/api/v1/social/posts", post)).status).toBe(status);
  });

  it("refuses a body beyond 64 KiB", async () => {
    const { status, body } = await service.send("POST", "/api/v1/social/posts", {
      user_id: 1,
      content: "x".repeat(70_000),
    });
    expect(status).toBe(413);
    expect(body).toMatchObject({ error: { code: "body_too_large" } });
  });
});
