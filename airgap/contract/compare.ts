import { relate } from "./generated.ts";
import type { KnownValues } from "./known-values.ts";
import { isDrawnAlike } from "./random-values.ts";
import type { Json, JsonObject } from "./recording.ts";

/** What counts besides the two values. */
export interface Terms {
  readonly known: KnownValues;
  /** All texts of the recorded request: what the program has chosen was not made up. */
  readonly chosen: ReadonlySet<string>;
  /** The type token of the resource. */
  readonly type: string;
  /** The container may have ended before anybody could ask it for its addresses. */
  readonly mayHaveEnded: boolean;
}

/**
 * Compares an answer with the recorded one, value by value, and learns what was made up.
 *
 * Absent, null, empty text, list and block are one thing. Values that the engine or the provider
 * makes up may differ where they are of the same kind, unless the program has chosen them; an id
 * that has been seen before must be the same again. Everything else must be equal, zero and false
 * too.
 *
 * @returns one line for each difference, with its path
 */
export function compareAnswers(
  recorded: Json | undefined,
  actual: Json | undefined,
  terms: Terms,
): readonly string[] {
  const differences: string[] = [];
  walk(recorded, actual, "", (path, one, other) => {
    if (isSame(path, one, other, terms)) return;
    differences.push(`${path || "(whole)"}: recorded ${show(one)}, now ${show(other)}`);
  });
  return differences;
}

/** All texts inside a value. */
export function textsOf(value: Json | undefined): ReadonlySet<string> {
  const texts = new Set<string>();
  const collect = (inner: Json | undefined): void => {
    if (typeof inner === "string") texts.add(inner);
    else if (isArray(inner)) inner.forEach(collect);
    else if (isObject(inner)) Object.values(inner).forEach(collect);
  };
  collect(value);
  return texts;
}

type Visit = (path: string, recorded: Json | undefined, actual: Json | undefined) => void;

function walk(
  recorded: Json | undefined,
  actual: Json | undefined,
  path: string,
  visit: Visit,
): void {
  if (isEmpty(recorded) && isEmpty(actual)) return;
  if (isArray(recorded) && isArray(actual)) {
    for (let i = 0; i < Math.max(recorded.length, actual.length); i++) {
      walk(recorded[i], actual[i], `${path}[${i}]`, visit);
    }
  } else if (isObject(recorded) && isObject(actual)) {
    for (const name of [...new Set([...Object.keys(recorded), ...Object.keys(actual)])].sort()) {
      walk(recorded[name], actual[name], path === "" ? name : `${path}.${name}`, visit);
    }
  } else {
    visit(path, recorded, actual);
  }
}

function isSame(
  path: string,
  recorded: Json | undefined,
  actual: Json | undefined,
  terms: Terms,
): boolean {
  if (terms.type.startsWith("random:") && isDrawnAlike(path, recorded, actual)) return true;
  if (ADDRESS.test(path) && terms.mayHaveEnded && (isEmpty(actual) || actual === 0)) return true;
  if (PREFIX_LENGTH.test(path)) return typeof recorded === "number" && typeof actual === "number";
  if (typeof recorded !== "string" || typeof actual !== "string") return recorded === actual;
  if (terms.known.translate(recorded) === actual) return true;
  if (terms.chosen.has(recorded) || CONTENT_DIGEST.test(path)) return false;
  const relation = relate(recorded, actual);
  if (relation.kind === "different") return false;
  if (terms.known.has(relation.recorded) && !relation.isReused) return false;
  terms.known.learn(relation.recorded, relation.actual);
  return true;
}

/** Where a container's addresses stand; a container that has ended has none. */
const ADDRESS = /networkDatas\[\d+\]\.(gateway|ipAddress|ipPrefixLength|macAddress)$/;

/** Worked out from the files of the scenario, which are the recorded ones byte by byte. */
const CONTENT_DIGEST = /(^|\.)contextDigest$/;

/** The engine cuts its networks from a pool, and not all pieces are of one size. */
const PREFIX_LENGTH = /networkDatas\[\d+\]\.ipPrefixLength$/;

function isEmpty(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === "") return true;
  if (isArray(value)) return value.length === 0;
  return isObject(value) && Object.values(value).every(isEmpty);
}

function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function show(value: Json | undefined): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) return "nothing";
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
