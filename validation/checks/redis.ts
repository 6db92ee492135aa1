import type { Deployment } from "../../catalog/deployment.ts";
import { defineCheck, equal, verdict, type Check } from "./check.ts";
import { absence } from "./naming.ts";
import { section } from "./reader.ts";

/** Redis answers, and does nothing for those without a password. */
export function redisChecks(deployment: Deployment): Check[] {
  const name = deployment.containers.find(({ role }) => role === "redis")?.name ?? "redis";
  const common = {
    group: "redis",
    severity: "blocker",
    notApplicable: absence(deployment, "redis"),
    reads: section("redis"),
  } as const;
  return [
    defineCheck({
      ...common,
      id: "redis.ping",
      title: "Redis answers a ping",
      failureTitle: "Redis does not answer a ping",
      why: "Registry, trades, events and limits are all in Redis.",
      remedy: `\`docker exec ${name} redis-cli ping\` repeats it; \`docker logs --tail 50 ${name}\` says what is wrong.`,
      settles: true,
      judge: ({ ping }) => equal(ping.output, "PONG"),
    }),
    defineCheck({
      ...common,
      id: "redis.unauthenticated-write",
      title: "Redis refuses a write without a password",
      failureTitle: "Redis takes a write without a password",
      why: "Whoever reaches the port could change every balance.",
      remedy: `The default user must have a password; \`npm run up\` writes the users again. Then delete the key \`validation:unauthenticated\`.`,
      judge: ({ unauthenticatedWrite: { output } }) =>
        verdict(/^\(error\) (NOPERM|NOAUTH)|^(NOPERM|NOAUTH)/.test(output), {
          expected: "NOPERM or NOAUTH",
          actual: output.slice(0, 120),
        }),
    }),
  ];
}
