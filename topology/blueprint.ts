import { z } from "zod";
import { topologySchema } from "./topology.ts";

/** A file that is put into a container before it starts. Secrets are placeholders in it, filled in at deploy time. */
const generatedFile = z.strictObject({ file: z.string(), content: z.string() });

/**
 * What a deploy was made from, complete: with it the same containers can be made again without a build and without the
 * source. The stack output `blueprint` is one, a release record holds one, and a pin makes the program deploy one. No
 * secret is in it.
 */
export const blueprintSchema = z.strictObject({
  schemaVersion: z.literal(1),
  topology: topologySchema,
  /** Service or part to its generated configuration, such as redis.conf. */
  files: z.record(z.string(), z.array(generatedFile).readonly()).readonly(),
  /** Image id of gateway and services. */
  runtimeImage: z.string().regex(/^sha256:[0-9a-f]{64}$/, "an image id, sha256:…"),
});

export type Blueprint = Readonly<z.infer<typeof blueprintSchema>>;
export type GeneratedFiles = Blueprint["files"];

/** The file that makes the program deploy a recorded release instead of the source it stands in. */
export const pinSchema = z.strictObject({
  schemaVersion: z.literal(1),
  /** Number of the release. */
  release: z.int().positive(),
  blueprint: blueprintSchema,
});

export type Pin = Readonly<z.infer<typeof pinSchema>>;

/** @throws Error that lists every field that does not fit */
export function parseBlueprint(value: unknown): Blueprint {
  return parse(blueprintSchema, value, "The blueprint is not one that this version can read");
}

/** @throws Error that lists every field that does not fit */
export function parsePin(value: unknown): Pin {
  return parse(pinSchema, value, "The pin is not one that this version can read");
}

function parse<T>(schema: z.ZodType<T>, value: unknown, problem: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Error(`${problem}:\n${z.prettifyError(parsed.error)}`);
}
