import type { Redis } from "ioredis";
import { redisKeys } from "../../../catalog/redis-keys.ts";
import { systemRandom } from "../clock.ts";
import { encodeEvent, publishLua } from "../events.ts";
import { defineScript, runScript } from "../script.ts";
import { silentTracer } from "../tracing/tracer.ts";

export interface TestTrade {
  readonly user_id: string | number;
  readonly amount?: string;
  readonly fee?: string;
  readonly asset_symbol?: string;
}

let count = 0;

/** Publishes a `trade_executed` as the trading service does, without a trade behind it. */
export async function publishTrade(
  admin: Redis,
  trade: TestTrade,
  { timeMs = Date.UTC(2026, 0, 5, 10), correlationId = "req-test" } = {},
): Promise<{ readonly tradeId: string }> {
  count += 1;
  const tradeId = `trade_test_${count}`;
  const source = {
    domain: "trading",
    producer: "trading@test",
    clock: { nowMs: () => timeMs },
    random: systemRandom,
    tracer: silentTracer(systemRandom),
  };
  await runScript(admin, publishScript, {
    keys: { events: redisKeys.eventStream("trading") },
    args: {
      event: encodeEvent(source, {
        name: "trade_executed",
        correlationId,
        payload: {
          trade_id: tradeId,
          asset_symbol: "BTC/USD",
          direction: "LONG",
          amount: "1000.00",
          quantity: "0.02228828",
          entry_price: "44866.62",
          fee: "1.00",
          status: "executed",
          executed_at: new Date(timeMs).toISOString(),
          correlation_id: correlationId,
          ...trade,
        },
      }),
    },
  });
  return { tradeId };
}

const publishScript = defineScript({
  name: "test-publish",
  keys: ["events"],
  args: ["event"],
  libraries: [publishLua],
  lua: "return publish(events, event)",
});
