import { randomBytes, randomInt, randomUUID } from "node:crypto";
import { hash } from "bcryptjs";
import { ResourceError } from "../plugin/errors.ts";
import type { Resource } from "../plugin/resource.ts";
import type { Properties } from "../plugin/values.ts";
import { drawnResource } from "./drawn-resource.ts";
import { drawPet } from "./pet.ts";
import { asNumber, asString } from "./read-values.ts";
import { planText, problemsOfText, textSpec } from "./text-inputs.ts";
import { drawText } from "./text.ts";

/** The resource types of the fallback `random` provider, by their type tokens. */
export const randomResources: Readonly<Record<string, Resource>> = {
  "random:index/randomPassword:RandomPassword": drawnResource({
    outputs: ["result", "bcryptHash"],
    secrets: ["result", "bcryptHash"],
    schemaVersion: "3",
    plan: planText,
    problems: problemsOfText,
    // The id of a password must not tell the password, so it is the same word for all of them.
    draw: async (planned) => {
      const result = drawText(textSpec(planned));
      return { id: "none", outputs: { result, bcryptHash: await bcryptHash(result) } };
    },
  }),

  "random:index/randomString:RandomString": drawnResource({
    outputs: ["result"],
    schemaVersion: "3",
    plan: planText,
    problems: problemsOfText,
    draw: (planned) => {
      const result = drawText(textSpec(planned));
      return { id: result, outputs: { result } };
    },
  }),

  "random:index/randomId:RandomId": drawnResource({
    outputs: ["b64Std", "b64Url", "dec", "hex"],
    plan: ({ byteLength, prefix }) => ({ byteLength, prefix }),
    problems: (planned, name) => atLeast(planned, "byteLength", 1, name),
    draw: ({ byteLength, prefix }) => {
      const bytes = randomBytes(asNumber(byteLength));
      const text = asString(prefix);
      return {
        id: bytes.toString("base64url"),
        outputs: {
          b64Std: text + bytes.toString("base64"),
          b64Url: text + bytes.toString("base64url"),
          dec: text + BigInt(`0x${bytes.toString("hex")}`).toString(),
          hex: text + bytes.toString("hex"),
        },
      };
    },
  }),

  "random:index/randomUuid:RandomUuid": drawnResource({
    outputs: ["result"],
    plan: () => ({}),
    draw: () => {
      const result = randomUUID();
      return { id: result, outputs: { result } };
    },
  }),

  "random:index/randomPet:RandomPet": drawnResource({
    outputs: [],
    plan: ({ length, prefix, separator }) => ({
      length: length ?? 2,
      prefix,
      separator: separator ?? "-",
    }),
    problems: (planned, name) => atLeast(planned, "length", 1, name),
    draw: ({ length, prefix, separator }) => ({
      id: drawPet({
        length: asNumber(length),
        prefix: asString(prefix),
        separator: asString(separator),
      }),
      outputs: {},
    }),
  }),

  "random:index/randomInteger:RandomInteger": drawnResource({
    outputs: ["result"],
    plan: ({ min, max, seed }) => ({ min, max, seed }),
    problems: problemsOfInteger,
    draw: ({ min, max }) => {
      const result = asNumber(min) + drawBelow(asNumber(max) - asNumber(min) + 1);
      return { id: String(result), outputs: { result } };
    },
  }),
};

/** Ten rounds, as the official provider takes. */
const BCRYPT_ROUNDS = 10;

/** bcrypt looks at the first 72 bytes alone; that also is what the official provider hashes. */
async function bcryptHash(password: string): Promise<string> {
  const hashed = await hash(password, BCRYPT_ROUNDS);
  // `2b` and `2a` name the same computation; the official provider writes the older name.
  return hashed.replace(/^\$2b\$/, "$2a$");
}

function problemsOfInteger({ min, max, seed }: Properties, name: string): readonly string[] {
  const problems: string[] = [];
  if (typeof min === "number" && typeof max === "number" && min > max) {
    problems.push(
      "The minimum (min) value needs to be smaller than or equal to maximum (max) value, " +
        `got: min ${min}, max ${max}. Examine values at '${name}.min'.`,
    );
  }
  if (seed !== undefined) {
    problems.push(
      "seed is not supported by the fallback random provider, since it could not give the value " +
        `that the official one gives for it; leave it out. Examine values at '${name}.seed'.`,
    );
  }
  return problems;
}

function atLeast(planned: Properties, property: string, least: number, name: string): string[] {
  const value = planned[property];
  if (typeof value !== "number" || (value >= least && Number.isInteger(value))) return [];
  return [
    `Invalid Attribute Value. Attribute ${property} value must be at least ${least}, got: ${value}. ` +
      `Examine values at '${name}.${property}'.`,
  ];
}

/** `crypto.randomInt` draws from at most 2^48 - 1 values. */
function drawBelow(count: number): number {
  const most = 2 ** 48 - 1;
  if (count > most) {
    throw new ResourceError(
      `the range from min to max has ${count} values; the fallback random provider draws from at ` +
        `most ${most}`,
    );
  }
  return randomInt(count);
}
