import { SCENARIO_FOLDER, isDistinctive } from "./generated.ts";
import type { Json } from "./recording.ts";

/**
 * What stands in a recording, and what stands in its place in a replay: ids, addresses, digests and
 * names that were made up. Later requests of the recording are translated with it, and later
 * answers must agree with it.
 */
export class KnownValues {
  readonly #actual = new Map<string, string>();

  /** Notes a pair. A later one for the same recorded value counts instead. */
  learn(recorded: string, actual: string): void {
    this.#actual.set(recorded, actual);
  }

  /** True if something stands for the recorded value. */
  has(recorded: string): boolean {
    return this.#actual.has(recorded);
  }

  /**
   * Translates all texts of a recorded value. Distinctive texts, such as ids, are found inside of
   * others too (a path, an id with a name behind it); others must be the whole text.
   */
  translate<Value extends Json>(value: Value): Value {
    return this.#translate(value) as Value;
  }

  #translate(value: Json): Json {
    if (typeof value === "string") return this.#translateText(value);
    if (value === null || typeof value !== "object") return value;
    if (isArray(value)) return value.map((element) => this.#translate(element));
    const fields = Object.entries(value).map(([name, inner]) => [name, this.#translate(inner)]);
    return Object.fromEntries(fields) as Json;
  }

  #translateText(text: string): string {
    const whole = this.#actual.get(text);
    if (whole !== undefined) return whole;
    let translated = text;
    for (const [recorded, actual] of this.#actual) {
      if (isDistinctive(recorded)) translated = translated.replaceAll(recorded, actual);
    }
    return translated;
  }
}

/** What is known before the first call: where the scenario's files are, and what the engine runs on. */
export function knownFor({
  folder,
  arch,
}: {
  readonly folder: string;
  /** In Go's words; the recordings were made on `amd64`. */
  readonly arch: string;
}): KnownValues {
  const known = new KnownValues();
  known.learn(SCENARIO_FOLDER, folder);
  known.learn("linux/amd64", `linux/${arch}`);
  return known;
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
