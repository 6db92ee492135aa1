import { Decimal } from "decimal.js";
import { Hono } from "hono";
import { Counter } from "prom-client";
import { z } from "zod";
import { isoTime } from "../../kit/clock.ts";
import { formatUnits, roundTo, unitPlaces, usdPlaces } from "../../kit/money.ts";
import {
  pageSchema,
  readBody,
  readIdempotencyKey,
  readIdentity,
  readQuery,
  readUserParam,
} from "../../kit/request.ts";
import type { ServiceDeps, ServiceHonoEnv, ServiceRoutes } from "../../kit/service.ts";
import { renderUserId } from "../../kit/user-id.ts";
import { executeTrade, listTrades, type PositionSums, readPositions } from "./domain.ts";
import { createMarketViewer, type MarketSymbol, marketSymbols, priceAt } from "./markets.ts";
import { orderDescription, orderSchema } from "./order.ts";

/** `POST /execute`, and what a user has of it: positions and history; markets for everybody. */
export function createTradingRoutes(deps: ServiceDeps): ServiceRoutes {
  const metrics = createTradingMetrics(deps);
  const viewMarket = createMarketViewer();
  const routes = new Hono<ServiceHonoEnv>();

  routes.get("/execute", (context) => context.json(orderDescription));

  routes.post("/execute", async (context) => {
    const order = await readBody(context, orderSchema);
    const { trade, replayed } = await executeTrade(deps, {
      user: readIdentity(context, deps, order.user_id),
      order,
      correlationId: context.get("correlationId"),
      idempotencyKey: readIdempotencyKey(context),
    });
    if (replayed) {
      context.header("Idempotency-Replayed", "true");
    } else {
      const { asset_symbol: symbol, direction, amount } = trade;
      metrics.trades.inc({ symbol, direction });
      metrics.volume.inc({ symbol }, Number(amount));
    }
    return context.json({ message: "Trade executed", trade }, 201);
  });

  routes.get("/markets", (context) => {
    const { symbols } = readQuery(context, marketsQuerySchema);
    const nowMs = deps.clock.nowMs();
    return context.json({
      markets: Object.fromEntries(symbols.map((symbol) => [symbol, viewMarket(symbol, nowMs)])),
      simulated: true,
      timestamp: isoTime(deps.clock),
    });
  });

  routes.get("/positions/:user", async (context) => {
    const user = readUserParam(context);
    const sums = await readPositions(deps, user);
    const positions = sums.map((position) => viewPosition(position, deps.clock.nowMs()));
    const total = Decimal.sum(0, ...positions.map(({ unrealized_pnl }) => unrealized_pnl));
    return context.json({
      user_id: renderUserId(user),
      positions,
      total_unrealized_pnl: total.toFixed(usdPlaces),
    });
  });

  routes.get("/history/:user", async (context) => {
    const user = readUserParam(context);
    const page = readQuery(context, pageSchema);
    const { trades, total } = await listTrades(deps, user, page);
    return context.json({ user_id: renderUserId(user), trades, total, ...page });
  });

  return routes;
}

function viewPosition({ side, quantity, cost }: PositionSums, nowMs: number) {
  const [symbol = "", direction = ""] = side.split(":");
  const price = priceAt(symbol as MarketSymbol, nowMs);
  const quantityText = formatUnits(quantity, unitPlaces);
  const costText = formatUnits(cost);
  const gain = price.times(quantityText).minus(costText);
  return {
    symbol,
    side: direction,
    quantity: quantityText,
    cost: costText,
    average_price: roundTo(new Decimal(costText).div(quantityText), usdPlaces).toFixed(usdPlaces),
    current_price: price.toFixed(usdPlaces),
    unrealized_pnl: roundTo(direction === "SHORT" ? gain.negated() : gain, usdPlaces).toFixed(
      usdPlaces,
    ),
  };
}

function createTradingMetrics({ metrics }: ServiceDeps) {
  return {
    trades: new Counter({
      name: "astra_trades_executed_total",
      help: "Trades executed by this process, by market and direction.",
      labelNames: ["symbol", "direction"],
      registers: [metrics],
    }),
    volume: new Counter({
      name: "astra_trading_volume_usd_total",
      help: "US dollars put into trades executed by this process, by market.",
      labelNames: ["symbol"],
      registers: [metrics],
    }),
  };
}

const marketsQuerySchema = z.strictObject({
  symbols: z
    .string()
    .default(marketSymbols.join(","))
    .transform((list) => list.split(","))
    .pipe(z.array(z.enum(marketSymbols, { error: `must be one of ${marketSymbols.join(", ")}` }))),
});
