import { z } from "zod";
import { projectName } from "../../catalog/labels.ts";
import { stackConfigSchema } from "../../topology/stack-config.ts";

/** One key that a stack file may hold. */
export interface ExplainedSetting {
  /** With prefix; `<name>` stands for one of `names`. */
  readonly key: string;
  /** Allowed names in the place of `<name>`; none where the key has none. */
  readonly names: readonly string[];
  /** What may stand there: `one of all, entry`, `whole number, 1 to 65535`. */
  readonly allowed: string;
  /** What holds where it is not set; null: nothing. */
  readonly default: unknown;
  readonly meaning: string;
}

/** The part of JSON Schema that zod makes of settings. */
const node = z.object({
  type: z.string().optional(),
  description: z.string().optional(),
  default: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.union([z.string(), z.number(), z.boolean(), z.null()]).optional(),
  format: z.string().optional(),
  pattern: z.string().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  minLength: z.number().optional(),
  items: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  propertyNames: z.object({ enum: z.array(z.string()).optional() }).optional(),
  additionalProperties: z.unknown().optional(),
});

type Node = z.infer<typeof node>;

/** The settings of a stack file as JSON Schema. Keys stand without the `astratrade:` prefix. */
export function settingsJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(stackConfigSchema, { io: "input" });
}

/** Every key that there is, those inside of maps too, in the schema's order. It knows nothing but the schema. */
export function explainSettings(
  schema: Record<string, unknown> = settingsJsonSchema(),
): ExplainedSetting[] {
  return Object.entries(node.parse(schema).properties ?? {}).flatMap(([key, value]) =>
    explain({ key: `${projectName}:${key}`, names: [], meaning: "" }, node.parse(value)),
  );
}

function explain(
  outer: Pick<ExplainedSetting, "key" | "names" | "meaning">,
  schema: Node,
): ExplainedSetting[] {
  const meaning = schema.description ?? outer.meaning;
  const inside = Object.entries(schema.properties ?? {}).flatMap(([name, value]) =>
    explain({ ...outer, key: `${outer.key}.${name}`, meaning }, node.parse(value)),
  );
  if (inside.length > 0) return inside;
  const values = node.safeParse(schema.additionalProperties);
  if (schema.type === "object" && values.success) {
    const names = schema.propertyNames?.enum ?? [];
    return explain({ key: `${outer.key}.<name>`, names, meaning }, values.data);
  }
  return [{ ...outer, meaning, allowed: describe(schema), default: schema.default ?? null }];
}

function describe(schema: Node): string {
  if (schema.enum !== undefined) return `one of ${schema.enum.map(String).join(", ")}`;
  if (schema.const !== undefined) return String(schema.const);
  if (schema.anyOf !== undefined) {
    return schema.anyOf.map((it) => describe(node.parse(it))).join(", or ");
  }
  if (schema.type === "array") return `list of: ${describe(node.parse(schema.items ?? {}))}`;
  if (schema.type === "boolean") return "true or false";
  if (schema.type === "integer") return `whole number${describeRange(schema)}`;
  if (schema.type === "number") return `number${describeRange(schema)}`;
  if (schema.format === "ipv4") return "IPv4 address";
  if (schema.format === "uri") return "http or https address";
  if (schema.pattern !== undefined) return `text that matches ${schema.pattern}`;
  return (schema.minLength ?? 0) > 0 ? "text, not empty" : "text";
}

function describeRange({ minimum, maximum }: Node): string {
  // Where a schema names no end, zod writes down the largest number that is exact.
  const least = minimum === Number.MIN_SAFE_INTEGER ? undefined : minimum;
  const most = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (least !== undefined && most !== undefined) return `, ${least} to ${most}`;
  if (least !== undefined) return `, at least ${least}`;
  return most === undefined ? "" : `, at most ${most}`;
}
