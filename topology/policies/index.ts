import { healthPolicies } from "./health.ts";
import { imagePolicies } from "./images.ts";
import { labelPolicies } from "./labels.ts";
import { limitPolicies } from "./limits.ts";
import { logPolicies } from "./logs.ts";
import { mountPolicies } from "./mounts.ts";
import type { Policy, PolicyContext, PolicyResource, Violation } from "./policy.ts";
import { portPolicies } from "./ports.ts";
import { privilegePolicies } from "./privileges.ts";
import { volumePolicies } from "./volumes.ts";

/** Everything that is asked of the resources of a stack before they are deployed. */
export const policies: readonly Policy[] = [
  ...limitPolicies,
  ...healthPolicies,
  ...privilegePolicies,
  ...portPolicies,
  ...imagePolicies,
  ...logPolicies,
  ...mountPolicies,
  ...labelPolicies,
  ...volumePolicies,
];

/**
 * Holds the resources of a program against the policies.
 * @returns all violations at once, in the order of resources and policies; none is the good case
 */
export function checkResources(
  resources: readonly PolicyResource[],
  context: PolicyContext,
): Violation[] {
  return resources.flatMap((resource) =>
    policies
      .filter(({ types }) => types.includes(resource.type))
      .flatMap((policy) =>
        policy
          .check(resource, context)
          .map((finding) => ({ policy: policy.id, resource: resource.name, ...finding })),
      ),
  );
}

/** A violation in one sentence: the policy, the resource, its value, what is allowed, the way out. */
export function describeViolation(violation: Violation): string {
  const { policy, resource, property, actual, allowed, wayOut } = violation;
  const value = actual === undefined || actual === null ? "not set" : JSON.stringify(actual);
  return `${policy}: ${resource} has ${property} ${value}; allowed: ${allowed}. ${wayOut}`;
}

export type { PolicyContext, PolicyResource, Violation } from "./policy.ts";
