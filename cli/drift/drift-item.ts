/**
 * What `npm run up` does about a difference: `update`, `start` and `resume` leave the container in place, `create` makes
 * what is missing, `replace` makes it anew, `disconnect` takes a stranger out of a network, `none` leaves it as it is.
 */
export type Mend = "update" | "start" | "resume" | "create" | "replace" | "disconnect" | "none";

/** What has to be done on the engine before Pulumi's turn, since Pulumi cannot. */
export type Preparation =
  | { readonly kind: "resume"; readonly container: string }
  | { readonly kind: "disconnect"; readonly network: string; readonly container: string };

/** One difference between what runs and what was deployed. No secret is in it. */
export interface DriftItem {
  readonly kind: "container" | "network" | "volume";
  /** Name that the program gives it. */
  readonly name: string;
  readonly urn: string;
  /** `memory`, `restart`, `env.LOG_LEVEL`, `label.io.astratrade.service`, `mount /data`, `network …`, `state`. */
  readonly property: string;
  /** As people read it; a secret is a keyed hash, and what is not there is `absent`. */
  readonly expected: string;
  readonly actual: string;
  readonly mend: Mend;
  /** Unified diff of a file's text, where it holds no secret. */
  readonly diff?: string;
  readonly preparation?: Preparation;
  /** What a person has to do first: something that is not ours is in the way. */
  readonly byHand?: string;
}

/** Stands for a value that is not there. */
export const absent = "(none)";

/** Properties to what people read about them. */
export type Facts = Readonly<Record<string, string>>;

/** Puts a word before every property. */
export function prefixed(prefix: string, facts: Facts): Facts {
  return Object.fromEntries(Object.entries(facts).map(([key, value]) => [prefix + key, value]));
}

/** A property with two values that are not the same. */
export interface Difference {
  readonly property: string;
  readonly expected: string;
  readonly actual: string;
}

/** Every property on which the two sides disagree, sorted. */
export function diffFacts(expected: Facts, actual: Facts): Difference[] {
  return [...new Set([...Object.keys(expected), ...Object.keys(actual)])]
    .toSorted()
    .map((property) => ({
      property,
      expected: expected[property] ?? absent,
      actual: actual[property] ?? absent,
    }))
    .filter((it) => it.expected !== it.actual);
}
