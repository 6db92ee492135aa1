import { dashboardAnswerSchema, headers, paths } from "../../catalog/endpoints.ts";
import type { BusinessFigures, HttpAnswer, Probed, TradeFacts } from "../evidence.ts";
import { get, requireGateway } from "./gateway.ts";
import { answerOf } from "./http-client.ts";
import { syntheticTrader } from "../options.ts";
import { callerHeaders, requireIdentity } from "./identity.ts";
import { probed, type Probe, type ProbeContext } from "./probe.ts";

export const tradePath = `${paths.apiPrefix}/trading/execute`;

/** The plan's trade, but for the user. */
const amount = 1000;

/**
 * Makes one trade and reads the business figures before and after it. The dashboard may show it a little later, so the
 * second reading waits up to 3 s for the figures to move.
 */
export const probeTrade: Probe<"trade"> = async (context): Promise<TradeFacts> => {
  requireGateway(context.found);
  requireIdentity(context);
  const { signal } = context;
  const ask = <T>(work: (context: ProbeContext) => Promise<T>): Promise<Probed<T>> =>
    probed((itemSignal) => work({ ...context, signal: itemSignal }), { deadlineMs: 6_000, signal });
  const describe = await ask((it) => get(it, tradePath));
  const before = await ask(readFigures);
  const execute = await ask(postTrade);
  const after = await ask((it) => readMovedFigures(it, before, execute));
  return { userId: syntheticTrader, amount, describe, before, execute, after };
};

/** @param json body of the dashboard */
export function figuresOf(json: unknown): Omit<BusinessFigures, "status"> {
  const dashboard = dashboardAnswerSchema.pick({ kpis: true, stale: true }).safeParse(json);
  if (!dashboard.success) return { tradesTotal: null, tradingVolumeUsd: null, stale: false };
  const { kpis, stale } = dashboard.data;
  return {
    tradesTotal: kpis.trades_total,
    tradingVolumeUsd: kpis.trading_volume_usd,
    stale,
  };
}

async function readFigures(context: ProbeContext): Promise<BusinessFigures> {
  const { status, json } = await get(context, paths.dashboard);
  return { status, ...figuresOf(json) };
}

async function postTrade(context: ProbeContext): Promise<HttpAnswer> {
  const { deployment, http, signal } = context;
  const request = {
    method: "POST",
    url: deployment.gatewayUrl + tradePath,
    headers: {
      ...callerHeaders(context, syntheticTrader),
      [headers.correlationId]: `validation-${context.runId}-trade`,
    },
    body: { user_id: syntheticTrader, asset_symbol: "BTC/USD", direction: "LONG", amount },
    signal,
  } as const;
  return answerOf(request, await http.send(request));
}

async function readMovedFigures(
  context: ProbeContext,
  before: Probed<BusinessFigures>,
  execute: Probed<HttpAnswer>,
): Promise<BusinessFigures> {
  const traded = "value" in execute && isSuccess(execute.value.status);
  const startCount = "value" in before ? before.value.tradesTotal : null;
  const looks = traded && startCount !== null ? 12 : 1;
  let figures = await readFigures(context);
  for (let look = 1; look < looks && figures.tradesTotal === startCount; look++) {
    await context.clock.sleep(250, context.signal);
    figures = await readFigures(context);
  }
  return figures;
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}
