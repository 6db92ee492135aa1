import type { Facts } from "./facts.ts";
import type { Finding, FindingKind } from "./finding.ts";

/** Findings about one subject: the kinds there are, and the pure function that makes them of what probes have seen. */
export interface FindingGroup {
  /** Before the point in each id. */
  readonly name: string;
  /** Kind to what it means; the key comes behind the point in the id. */
  readonly kinds: Readonly<Record<string, FindingKind>>;
  /** One finding or more of each thing that was looked at; none where nothing could be. */
  readonly examine: (facts: Facts) => readonly Finding[];
}

interface Details {
  readonly message: string;
  /** @default null */
  readonly remedy?: string;
  /** @default null */
  readonly subject?: string;
}

/** Makes a finding of a kind: severity and id come from the table. */
export type Found<Kind extends string> = (kind: Kind, details: Details) => Finding;

interface GroupDefinition<Kinds extends Record<string, FindingKind>> {
  readonly name: string;
  readonly kinds: Kinds;
  readonly examine: (facts: Facts, found: Found<keyof Kinds & string>) => readonly Finding[];
}

/** Ties findings to their table: a kind that is not in it does not compile. */
export function defineGroup<const Kinds extends Record<string, FindingKind>>({
  name,
  kinds,
  examine,
}: GroupDefinition<Kinds>): FindingGroup {
  const found: Found<keyof Kinds & string> = (kind, { message, remedy, subject }) => ({
    id: `${name}.${kind}`,
    severity: (kinds[kind] as FindingKind).severity,
    subject: subject ?? null,
    message,
    remedy: remedy ?? null,
  });
  return { name, kinds, examine: (facts) => examine(facts, found) };
}
