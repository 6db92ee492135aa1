import type { Deployment } from "../../catalog/deployment.ts";
import type { HttpAnswer } from "../evidence.ts";
import { answerText } from "./answers.ts";
import { defineCheck, equal, type Check, type Outcome } from "./check.ts";
import { list } from "./naming.ts";
import { all } from "./reader.ts";

/** Every service answers through the gateway. */
export function routeChecks(deployment: Deployment): Check[] {
  return deployment.services.map(({ name, routePrefix, probePaths, instances }) =>
    defineCheck({
      id: `routes.${name}`,
      group: "routes",
      severity: "blocker",
      title: `The gateway routes ${routePrefix}`,
      failureTitle: `The gateway does not get answers from ${routePrefix}`,
      why: "Users see services through the gateway only.",
      remedy: `\`curl -i ${deployment.gatewayUrl}${probePaths[0] ?? routePrefix}\` repeats it; \`docker logs --tail 50 ${instances[0] ?? name}\` says what the service makes of it.`,
      settles: true,
      reads: all("routes", probePaths),
      judge: judgeRoutes,
    }),
  );
}

function judgeRoutes(routes: Readonly<Record<string, HttpAnswer>>): Outcome {
  const expected = `200 at ${list(Object.keys(routes))}`;
  const failures = Object.entries(routes)
    .filter(([, { status }]) => status !== 200)
    .map(([path, answer]) => `${path}: ${answerText(answer)}`);
  return equal(failures.length === 0 ? expected : failures.join("; "), expected);
}
