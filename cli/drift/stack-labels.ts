import { labels as names } from "../../catalog/labels.ts";

/** Labels in the provider's form. */
export type Labels = readonly { readonly label: string; readonly value: string }[];

/** Those by which the things of a stack are found. The others of a network or volume may be of the release that made it. */
export function findingLabels(labels: Labels | null | undefined): Record<string, string> {
  return Object.fromEntries(
    (labels ?? [])
      .filter(({ label }) => label === names.project || label === names.stack)
      .map(({ label, value }) => [label, value]),
  );
}

/** Whether a thing says of itself that it is of the stack that the wanted labels name. */
export function isOfStack(
  wanted: Labels | null | undefined,
  actual: Readonly<Record<string, string>>,
): boolean {
  const ours = Object.entries(findingLabels(wanted));
  return ours.length > 0 && ours.every(([label, value]) => actual[label] === value);
}
