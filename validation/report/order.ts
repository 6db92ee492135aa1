import type { CheckResult, Group } from "./schema.ts";

/** From what things stand on to what stands on them, so that the cause of several failures is read before them. */
const causeOrder: readonly Group[] = [
  "stack",
  "containers",
  "redis",
  "data",
  "network",
  "limits",
  "inventory",
  "routes",
  "plan",
];

/** Likely causes first; within a group the order stays. */
export function byCause(checks: readonly CheckResult[]): CheckResult[] {
  const place = ({ group }: CheckResult): number => causeOrder.indexOf(group);
  return [...checks].sort((a, b) => place(a) - place(b));
}
