import { expect, test } from "vitest";
import type { Facts } from "../facts.ts";
import type { FindingGroup } from "../group.ts";
import { healthyFacts } from "./facts.ts";

/** What facts give. The text is exact. */
export interface FindingCase {
  readonly kind: string;
  readonly facts: Facts;
  readonly message: string;
  /** @default null */
  readonly remedy?: string;
  /** @default null */
  readonly subject?: string;
}

/**
 * Tests a group: each case gives its finding and no other problem, every kind of the table is met by a case, and healthy
 * facts give none but passed ones.
 */
export function checkGroup(group: FindingGroup, cases: readonly FindingCase[]): void {
  const name = (kind: string): string => `${group.name}.${kind}`;

  test.each(cases.map((it, index) => ({ ...it, title: `${name(it.kind)} (${index + 1})` })))(
    "$title",
    ({ kind, facts, message, remedy = null, subject = null }) => {
      const severity = group.kinds[kind]?.severity;
      const expected = { id: name(kind), severity, subject, message, remedy };
      const found = group.examine(facts);
      if (severity === "passed") expect(found).toContainEqual(expected);
      else expect(found.filter((it) => it.severity !== "passed")).toEqual([expected]);
    },
  );

  test(`every kind of ${group.name} is met`, () => {
    expect([...new Set(cases.map(({ kind }) => kind))].sort()).toEqual(
      Object.keys(group.kinds).sort(),
    );
  });

  test(`${group.name}: nothing is found fault with where nothing is wrong`, () => {
    const severities = group.examine(healthyFacts()).map(({ severity }) => severity);
    expect(new Set(severities)).toEqual(new Set(["passed"]));
  });
}
