/** The placeholder of the scenario's folder in the recordings. */
export const SCENARIO_FOLDER = "__DIR__";

/** A form of text that an engine or a provider makes up. */
interface Kind {
  readonly pattern: RegExp;
  /** The engine may give the same value out again, to another object. */
  readonly isReused: boolean;
}

const KINDS: readonly Kind[] = [
  { pattern: /^[0-9a-f]{64}$/, isReused: false },
  { pattern: /^sha256:[0-9a-f]{64}$/, isReused: false },
  // The host name of a container: the first digits of its id.
  { pattern: /^[0-9a-f]{12}$/, isReused: false },
  { pattern: /^\d+\.\d+\.\d+\.\d+$/, isReused: true },
  { pattern: /^\d+\.\d+\.\d+\.\d+\/\d+$/, isReused: true },
  { pattern: /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/, isReused: true },
];

/** A name that was made up: the logical name and seven digits. */
const MADE_UP_NAME = /^(.+-)[0-9a-f]{7}$/;

/** The id of a RemoteImage: the image's id and the name, with nothing between them. */
const IMAGE_ID_AND_NAME = /^(sha256:[0-9a-f]{64})(.+)$/;

/** How two texts that differ are related. */
export type Relation =
  | { readonly kind: "different" }
  /** Both made up, in the same way; `recorded` and `actual` are the made-up parts. */
  | {
      readonly kind: "alike";
      readonly recorded: string;
      readonly actual: string;
      readonly isReused: boolean;
    };

/** Tells whether two different texts were made up in the same way. */
export function relate(recorded: string, actual: string): Relation {
  const kind = KINDS.find(({ pattern }) => pattern.test(recorded) && pattern.test(actual));
  if (kind !== undefined) return { kind: "alike", recorded, actual, isReused: kind.isReused };
  const [names, images] = [MADE_UP_NAME, IMAGE_ID_AND_NAME].map((pattern) => [
    pattern.exec(recorded),
    pattern.exec(actual),
  ]);
  if (names?.[0] && names[1] && names[0][1] === names[1][1]) {
    return { kind: "alike", recorded, actual, isReused: false };
  }
  const [one, other] = [images?.[0], images?.[1]];
  if (one && other && one[2] === other[2]) {
    return { kind: "alike", recorded: one[1] ?? "", actual: other[1] ?? "", isReused: false };
  }
  return { kind: "different" };
}

/** True for a text that cannot be a part of another one by chance. */
export function isDistinctive(text: string): boolean {
  return text === SCENARIO_FOLDER || /[0-9a-f]{12}/.test(text) || MADE_UP_NAME.test(text);
}
