import { Pool } from "undici";
import { headers, paths } from "../../catalog/endpoints.ts";
import type { RateLimitFacts } from "../evidence.ts";
import { syntheticUserPrefix } from "../options.ts";
import { requireGateway } from "./gateway.ts";
import { callerHeaders } from "./identity.ts";
import { NothingToProbe, type Probe } from "./probe.ts";

/** How many requests beyond the limit are made, as in the plan's loop of 210. */
const beyond = 10;

/** A limit that takes more requests than this to reach is not tried: the load would be felt. */
const mostRequests = 1000;

const timeoutMs = 5_000;

/**
 * The plan's loop: one request after the other in the name of a user that nobody else is, until the limit is passed. The
 * user is a new one each time, so that neither people nor an earlier run have used up its requests.
 */
export const probeRateLimit: Probe<"rateLimit"> = async (context): Promise<RateLimitFacts> => {
  const { deployment, signal, clock, ways, runId } = context;
  requireGateway(context.found);
  const limit = limitToReach(deployment);
  const { origin, host } = new URL(deployment.gatewayUrl);
  const way = ways?.get(host);
  const client = new Pool(origin, {
    connections: 1,
    ...(way !== undefined && "socketPath" in way && { socketPath: way.socketPath }),
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });
  const moment = clock.now().getTime().toString(36);
  const own = callerHeaders(context, `${syntheticUserPrefix}limit-${runId.slice(0, 8)}-${moment}`);
  const statuses: number[] = [];
  let retryAfter: string | null = null;
  let local = false;
  const startMs = performance.now();
  try {
    while (statuses.length < limit + beyond) {
      const answer = await client.request({
        path: paths.health,
        method: "GET",
        headers: own,
        signal,
      });
      await answer.body.dump();
      statuses.push(answer.statusCode);
      local ||= answer.headers[headers.rateLimitMode] === "local";
      const after = answer.headers["retry-after"];
      if (answer.statusCode === 429 && typeof after === "string") retryAfter = after;
    }
  } finally {
    await client.destroy();
  }
  const first = statuses.indexOf(429);
  return {
    limit,
    sent: statuses.length,
    admitted: statuses.filter((status) => status !== 429).length,
    firstRefused: first === -1 ? null : first + 1,
    retryAfter,
    local,
    durationMs: Math.round(performance.now() - startMs),
  };
};

/** @throws NothingToProbe with the reason why the limit is not tried on this stack */
function limitToReach({
  rateLimits,
  authMode,
}: Parameters<typeof probeRateLimit>[0]["deployment"]) {
  if (rateLimits === null) throw new NothingToProbe("this release limits nobody");
  if (authMode === "jwt") {
    throw new NothingToProbe("it would use up the requests of the token that is looked with");
  }
  const { userPerMinute } = rateLimits;
  if (userPerMinute + beyond > mostRequests) {
    throw new NothingToProbe(`to reach ${userPerMinute} requests would load the gateway`);
  }
  return userPerMinute;
}
