import { isDeepStrictEqual } from "node:util";
import { ResourceError } from "../plugin/errors.ts";
import type { Resource } from "../plugin/resource.ts";
import { isProperties, secret, UNKNOWN } from "../plugin/values.ts";
import type { Properties, Value } from "../plugin/values.ts";

/** What is particular to one type of random value. */
export interface Drawing {
  /** Names of the outputs that come out of the draw, besides `id`. */
  readonly outputs: readonly string[];
  /** The outputs that the state must keep encrypted. */
  readonly secrets?: readonly string[];
  /** Version of the official provider's state format, where it is not the first one. */
  readonly schemaVersion?: string;
  /**
   * The inputs as the state records them, defaults filled in and absent ones `undefined`. Values
   * that only the real run will know come in, and go out, as unknown.
   */
  plan(inputs: Properties): Readonly<Record<string, Value | undefined>>;
  /** Says what is wrong with the planned inputs, for a resource of this name. */
  problems?(planned: Properties, name: string): readonly string[];
  /** Draws the value. */
  draw(planned: Properties): Promise<Drawn> | Drawn;
}

export interface Drawn {
  readonly id: string;
  readonly outputs: Properties;
}

/**
 * A resource that exists in the state alone: its value is drawn once, when it is created, and never
 * again. Any change of an input, `keepers` included, asks for a new resource and thus for a new
 * value; nothing is ever updated in place.
 */
export function drawnResource(drawing: Drawing): Resource {
  const planned = (inputs: Properties): Properties =>
    present({ ...drawing.plan(inputs), keepers: plannedKeepers(inputs["keepers"]) });
  const withSecrets = (properties: Properties): Properties =>
    mapped(properties, (name, value) =>
      drawing.secrets?.includes(name) === true ? secret(value) : value,
    );
  const bookkeeping: Properties =
    drawing.schemaVersion === undefined
      ? {}
      : { __meta: JSON.stringify({ schema_version: drawing.schemaVersion }) };

  return {
    check({ news }, call) {
      const failures = (drawing.problems?.(planned(news), call.name) ?? []).map((reason) => ({
        reason,
      }));
      return Promise.resolve({ inputs: news, failures });
    },

    diff({ olds, news }) {
      const before = planned(olds);
      const after = planned(news);
      const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
      const diffs = names.filter((name) => !isDeepStrictEqual(before[name], after[name]));
      return Promise.resolve({ changed: diffs.length > 0, diffs, replaces: diffs });
    },

    async create({ inputs, preview }) {
      const plan = planned(inputs);
      if (preview) {
        const later = Object.fromEntries(["id", ...drawing.outputs].map((name) => [name, UNKNOWN]));
        return { id: "", properties: { ...plan, ...later } };
      }
      const { id, outputs } = await drawing.draw(plan);
      return { id, properties: withSecrets({ ...plan, ...outputs, id, ...bookkeeping }) };
    },

    read({ id, properties, inputs }, call) {
      if (Object.keys(properties).length === 0) {
        return Promise.reject(
          new ResourceError(
            `${call.name} cannot be imported: the fallback random provider only knows values that ` +
              "it or the official one has drawn. Import it with the official plugin",
          ),
        );
      }
      return Promise.resolve({ id, properties: withSecrets(properties), inputs });
    },

    update(_, call) {
      return Promise.reject(
        new ResourceError(
          `${call.name} cannot be changed in place: every change draws a new value`,
        ),
      );
    },

    delete: () => Promise.resolve(),
  };
}

/** A key without a value has never counted, and a map without keys is the same as none. */
function plannedKeepers(keepers: Value | undefined): Value | undefined {
  if (!isProperties(keepers)) return keepers ?? undefined;
  const kept = Object.entries(keepers).filter(([, value]) => value !== null);
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

function present(values: Readonly<Record<string, Value | undefined>>): Properties {
  const entries = Object.entries(values).filter(
    (entry): entry is [string, Value] => entry[1] !== undefined && entry[1] !== null,
  );
  return Object.fromEntries(entries);
}

function mapped(properties: Properties, change: (name: string, value: Value) => Value): Properties {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [name, change(name, value)]),
  );
}
