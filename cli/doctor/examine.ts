import type { Facts } from "./facts.ts";
import type { Finding } from "./finding.ts";
import { findingGroups } from "./groups/index.ts";

/** Every finding that the facts give, in the order in which groups are shown. Pure. */
export function examine(facts: Facts): readonly Finding[] {
  return findingGroups.flatMap(({ examine: examineGroup }) => examineGroup(facts));
}

/** Whether `up` mends it in set-up, with which it begins. */
export function isMendedBySetUp({ id }: Pick<Finding, "id">): boolean {
  const [name = "", kind = ""] = id.split(".");
  const group = findingGroups.find((it) => it.name === name);
  return group?.kinds[kind]?.mendedBySetUp === true;
}
