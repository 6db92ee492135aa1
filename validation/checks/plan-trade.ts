import type { Deployment } from "../../catalog/deployment.ts";
import { headers, paths } from "../../catalog/endpoints.ts";
import { parts } from "../../catalog/parts.ts";
import type { BusinessFigures, CorrelationFacts } from "../evidence.ts";
import { answerText } from "./answers.ts";
import { defineCheck, equal, verdict, type Check, type Outcome } from "./check.ts";
import { list } from "./naming.ts";
import { both, inner, section } from "./reader.ts";

const tradePath = `${paths.apiPrefix}/trading/execute`;

/** The plan's list, second part: a trade can be made, is counted, and can be followed. */
export function planTradeChecks(deployment: Deployment): Check[] {
  const { gatewayUrl } = deployment;
  const gateway = deployment.containers.find(({ role }) => role === "gateway");
  const trading = deployment.services.find(({ name }) => name === "trading");
  const logs = `\`docker logs --tail 50 ${trading?.instances[0] ?? "trading-service"}\` says what is wrong`;
  const url = gatewayUrl + tradePath;
  return [
    defineCheck({
      id: "plan.trade-form",
      group: "plan",
      severity: "blocker",
      title: `GET ${tradePath} answers`,
      failureTitle: `GET ${tradePath} does not answer`,
      why: "It describes the order that the platform takes.",
      remedy: `\`curl -i ${url}\` repeats it; ${logs}.`,
      settles: true,
      reads: inner(section("trade"), (trade) => trade.describe),
      judge: (answer) => equal(answerText(answer), "200"),
    }),
    defineCheck({
      id: "plan.trade",
      group: "plan",
      severity: "blocker",
      title: `POST ${tradePath} makes a trade`,
      failureTitle: `POST ${tradePath} makes no trade`,
      why: "Trading is what the platform is for.",
      remedy: `\`curl -i -X POST ${url} -H 'Content-Type: application/json' -d '{"user_id": 123, "asset_symbol": "BTC/USD", "direction": "LONG", "amount": 1000}'\` repeats it; ${logs}.`,
      settles: true,
      reads: inner(section("trade"), (trade) => trade.execute),
      judge: (answer) =>
        verdict(answer.status >= 200 && answer.status < 300, {
          expected: "2xx",
          actual: answerText(answer),
        }),
    }),
    defineCheck({
      id: "plan.business-metrics",
      group: "plan",
      severity: "blocker",
      title: `A trade moves the figures on ${paths.dashboard}`,
      failureTitle: `A trade does not move the figures on ${paths.dashboard}`,
      why: "Figures that stand still hide that business has stopped.",
      remedy: `\`curl ${gatewayUrl}${paths.dashboard}\` shows the figures; ${logs}, and the gateway's log whether it reads the trades.`,
      settles: true,
      reads: both(
        section("trade"),
        both(
          inner(section("trade"), (trade) => trade.before),
          inner(section("trade"), (trade) => trade.after),
        ),
      ),
      judge: ([{ amount }, [before, after]]) => judgeFigures(amount, before, after),
    }),
    defineCheck({
      id: "plan.correlation",
      group: "plan",
      severity: "major",
      title: "A correlation id goes through gateway and service",
      failureTitle: "A correlation id does not go through gateway and service",
      why: "Without it the lines that one request leaves in several logs cannot be put together.",
      remedy: `\`curl -i -H '${headers.correlationId}: abc' ${url}\` has to answer with the same header. Where only the log lacks it: below level info services do not log requests.`,
      settles: true,
      reads: inner(section("gateway"), ({ correlation }) => correlation),
      judge: judgeCorrelation,
    }),
    defineCheck({
      id: "plan.tracing",
      group: "plan",
      severity: "major",
      title: "The spans of a request are found under its correlation id",
      failureTitle: "The spans of a request are not found under its correlation id",
      why: "They say where a slow request was slow, and which service failed it.",
      remedy: `the gateway's admin port shows them at /traces/<correlation id>, and docs/gateway.md how to ask it; \`docker logs --tail 50 ${gateway?.name ?? parts.gateway.containerName}\` says whether Redis, where they are kept, is away.`,
      settles: true,
      notApplicable: gateway?.adminPort == null ? "this release shows no traces" : undefined,
      reads: inner(section("gateway"), ({ trace }) => trace),
      judge: ({ wanted, seen }) => {
        const found = wanted.filter((name) => seen.includes(name));
        return equal(list(found), list(wanted));
      },
    }),
  ];
}

/** Others may trade at the same time, so more than one trade's worth is right too. */
function judgeFigures(amount: number, before: BusinessFigures, after: BusinessFigures): Outcome {
  const expected = `at least 1 trade and ${amount} USD more`;
  for (const figures of [before, after]) {
    const { status, stale, tradesTotal, tradingVolumeUsd } = figures;
    if (status !== 200) {
      const actual =
        status === 0 ? "the dashboard does not answer" : `the dashboard answers ${status}`;
      return { status: "fail", expected, actual };
    }
    if (tradesTotal === null || tradingVolumeUsd === null) {
      return { status: "fail", expected, actual: "the dashboard's body is not as agreed" };
    }
    if (stale) return { status: "fail", expected, actual: "the dashboard shows old figures" };
  }
  const trades = Number(after.tradesTotal) - Number(before.tradesTotal);
  const volume = Number(after.tradingVolumeUsd) - Number(before.tradingVolumeUsd);
  return verdict(trades >= 1 && volume >= amount, {
    expected,
    actual: `${trades} trades and ${volume} USD more`,
  });
}

function judgeCorrelation(facts: CorrelationFacts): Outcome {
  const { sent, received, assigned, loggedBy } = facts;
  const expected =
    "the id comes back and is in the service's log; one is given where none was sent";
  if (received !== sent) {
    return { status: "fail", expected, actual: `the answer has ${received ?? "no id"}` };
  }
  if (assigned === null) {
    return { status: "fail", expected, actual: "a request without an id is given none" };
  }
  if (loggedBy.length === 0) {
    return { status: "warn", expected, actual: "the id comes back but is in no service's log" };
  }
  return { status: "pass", expected, actual: `came back, logged by ${loggedBy.join(", ")}` };
}
