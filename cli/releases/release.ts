import { z } from "zod";
import { blueprintSchema, type Blueprint } from "../../topology/blueprint.ts";

const imageId = z.string().regex(/^sha256:[0-9a-f]{64}$/, "an image id, sha256:…");

/** Commit and whether the working tree differed from it; null outside a git checkout. */
const source = z.strictObject({ revision: z.string(), dirty: z.boolean() }).nullable();

const trigger = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("deploy") }),
  /** `of`: number of the release that was brought back. */
  z.strictObject({ kind: z.literal("rollback"), of: z.int().positive() }),
]);

const baseImage = z.strictObject({
  /** As the topology names it. */
  ref: z.string(),
  /** What the engine ran under that name; null where it could not be found out. */
  imageId: imageId.nullable(),
  /** Version of the program in it; null for an image that the stack's settings name. */
  version: z.string().nullable(),
  /** `own`: named by the stack's settings. */
  kind: z.enum(["official", "fallback", "own"]),
});

const program = z.strictObject({ kind: z.enum(["official", "fallback"]), version: z.string() });

const versions = z.strictObject({
  /** The platform's own, as in package.json. */
  platform: z.string(),
  engine: z.strictObject({ host: z.string(), version: z.string(), apiVersion: z.string() }),
  /** Node, CLI, language host and plugins of the deployer; empty where set-up left no word of them. */
  programs: z.record(z.string(), program).readonly(),
});

/**
 * One release, as it is kept outside the clone. The blueprint is parsed apart from the rest: a record that another
 * version of this program wrote can be listed even where it cannot be deployed.
 */
export const releaseSchema = z.strictObject({
  schemaVersion: z.literal(1),
  stack: z.string(),
  number: z.int().positive(),
  time: z.iso.datetime(),
  /** `user@host`. */
  operator: z.string(),
  source,
  trigger,
  /** Of the validation; the report stands beside the record. */
  verdict: z.string(),
  /** Image id of gateway and services; the same as in the blueprint. */
  image: imageId,
  /** Part (`node`, `redis`, …) to what it ran on. */
  baseImages: z.record(z.string(), baseImage).readonly(),
  /** Volume to the newest version of the program that had opened it. */
  dataVersions: z.record(z.string(), z.string()).readonly(),
  versions,
  /** The last deploy that came to the same thing; null when there was none. */
  again: z.strictObject({ time: z.iso.datetime(), operator: z.string(), source }).nullable(),
  blueprint: z.unknown(),
});

export type Release = Readonly<z.infer<typeof releaseSchema>>;
export type BaseImage = Readonly<z.infer<typeof baseImage>>;
export type ReleaseVersions = Release["versions"];
export type ReleaseSource = Release["source"];

export type ParsedBlueprint =
  | { readonly ok: true; readonly blueprint: Blueprint }
  | { readonly ok: false; readonly problem: string };

/** Reads a release's blueprint, or says which fields this version does not understand. */
export function blueprintOf({ blueprint }: Pick<Release, "blueprint">): ParsedBlueprint {
  const parsed = blueprintSchema.safeParse(blueprint);
  return parsed.success
    ? { ok: true, blueprint: parsed.data }
    : { ok: false, problem: z.prettifyError(parsed.error) };
}
