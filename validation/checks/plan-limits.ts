import type { Deployment } from "../../catalog/deployment.ts";
import { paths } from "../../catalog/endpoints.ts";
import type { RateLimitFacts } from "../evidence.ts";
import { type Check, defineCheck, type Outcome, verdict } from "./check.ts";
import { section } from "./reader.ts";

/** A minute of the limit's window, in which the user's first request takes its place. */
const windowMs = 60_000;

/** The plan's loop of 210 requests: what is over the limit gets 429, and nothing before that. */
export function planLimitChecks(deployment: Deployment): Check[] {
  const { gatewayUrl, rateLimits, authMode } = deployment;
  const limit = rateLimits?.userPerMinute ?? 0;
  return [
    defineCheck({
      id: "plan.rate-limit",
      group: "plan",
      severity: "major",
      title: `A user's request ${limit + 1} within a minute gets 429, and none before it`,
      failureTitle: `The limit of ${limit} requests a minute does not hold as promised`,
      why: "One user must not take the platform from the others, and nobody may be refused too early.",
      remedy: `\`for i in {1..${limit + 10}}; do curl -s -o /dev/null -H 'X-User-ID: me' -w '%{http_code}\\n' ${gatewayUrl}${paths.health}; done\` repeats it; \`docker logs --tail 50\` of the gateway says whether it has lost Redis.`,
      settles: true,
      notApplicable:
        rateLimits === null
          ? "this release limits nobody"
          : authMode === "jwt"
            ? "it would use up the requests of the token that is looked with"
            : undefined,
      reads: section("rateLimit"),
      judge: judgeLimit,
    }),
  ];
}

function judgeLimit(facts: RateLimitFacts): Outcome {
  const { limit, sent, admitted, firstRefused, retryAfter, local, durationMs } = facts;
  if (durationMs >= windowMs) {
    return {
      status: "error",
      reason: `${sent} requests took ${Math.round(durationMs / 1000)} s, which is longer than the window`,
    };
  }
  const isExact = firstRefused === limit + 1 && admitted === limit;
  const seconds = Number(retryAfter ?? Number.NaN);
  const saysWhen = seconds >= 1 && seconds <= windowMs / 1000;
  const expected = `${limit} of ${sent} let through, 429 from request ${limit + 1} on, Retry-After`;
  const refused = firstRefused === null ? "no 429" : `429 from request ${firstRefused} on`;
  const after = retryAfter === null ? "no Retry-After" : `Retry-After ${retryAfter}`;
  return verdict(isExact && saysWhen, {
    expected,
    actual: `${admitted} of ${sent} let through, ${refused}, ${after}${local ? "; without Redis" : ""}`,
  });
}
