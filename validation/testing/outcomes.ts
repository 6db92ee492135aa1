import type { Deployment } from "../../catalog/deployment.ts";
import { checksFor } from "../checks/index.ts";
import type { Outcome } from "../checks/check.ts";
import type { Evidence } from "../evidence.ts";

/** Outcomes of all checks by id. */
export function outcomesOf(
  deployment: Deployment,
  evidence: Evidence,
): Readonly<Record<string, Outcome>> {
  const checks = checksFor(deployment, "unix:///var/run/docker.sock");
  return Object.fromEntries(checks.map((check) => [check.id, check.judge(evidence)]));
}

/** Ids and statuses of the checks that come out otherwise on `evidence` than on `base`. */
export function flips(
  deployment: Deployment,
  base: Evidence,
  evidence: Evidence,
): Record<string, Outcome["status"]> {
  const before = outcomesOf(deployment, base);
  return Object.fromEntries(
    Object.entries(outcomesOf(deployment, evidence))
      .filter(([id, outcome]) => outcome.status !== before[id]?.status)
      .map(([id, { status }]) => [id, status]),
  );
}
