import { labels, projectName } from "../../catalog/labels.ts";
import {
  containerType,
  isUnknown,
  labelOf,
  networkType,
  volumeType,
  type Policy,
  type PolicyContext,
  type PolicyResource,
} from "./policy.ts";

/**
 * That everything of ours can be found on the engine and told from other stacks' things: `status`, `down`, `drift` and
 * the checks go by labels.
 */
export const labelPolicies: readonly Policy[] = [
  labelPolicy([containerType, networkType, volumeType], {
    id: "labels",
    expected: ({ stack }) => ({
      [labels.project]: projectName,
      [labels.stack]: stack,
      [labels.release]: null,
    }),
  }),
  labelPolicy([containerType], {
    id: "container-labels",
    expected: () => ({ [labels.service]: null, [labels.configHash]: null }),
  }),
];

/** @param policy.expected label to its value; null: any value */
function labelPolicy(
  types: readonly string[],
  policy: {
    readonly id: string;
    readonly expected: (context: PolicyContext) => Readonly<Record<string, string | null>>;
  },
): Policy {
  return {
    id: policy.id,
    types,
    check: (resource, context) =>
      Object.entries(policy.expected(context))
        .filter(([label, value]) => !hasLabel(resource, label, value))
        .map(([label, value]) => ({
          property: `label ${label}`,
          actual: labelOf(resource, label),
          allowed: value === null ? "a value" : `"${value}"`,
          wayOut: "Give it the labels of resourceLabels (components/container-spec.ts).",
        })),
  };
}

function hasLabel(resource: PolicyResource, label: string, expected: string | null): boolean {
  const actual = labelOf(resource, label);
  if (isUnknown(actual)) return true;
  return expected === null ? typeof actual === "string" && actual !== "" : actual === expected;
}
