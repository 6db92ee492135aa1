import { z } from "zod";
import { signature } from "../../pulumi/stack-state.ts";

/** A resource as the program asks for it, from a preview's events. */
const planned = z.object({
  urn: z.string(),
  type: z.string(),
  custom: z.boolean().default(false),
  parent: z.string().default(""),
  /** URN and id of its provider, with `::` between; the id of one that is not made yet is unknown. */
  provider: z.string().default(""),
  inputs: z
    .record(z.string(), z.unknown())
    .nullish()
    .transform((it) => it ?? {}),
});

const registration = z.object({
  resourcePreEvent: z.object({ metadata: z.object({ op: z.literal("create"), new: planned }) }),
});

export type Planned = z.infer<typeof planned>;

/** Reads one line of a preview's event stream; null when it registers nothing new. */
export function readPlanned(line: string): Planned | null {
  if (!line.includes('"resourcePreEvent"')) return null;
  try {
    return registration.parse(JSON.parse(line)).resourcePreEvent.metadata.new;
  } catch {
    return null;
  }
}

const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/**
 * Inputs that a preview can tell: without those that come from what is not made yet, and without secrets, which it hides.
 */
export function knownInputs(inputs: Planned["inputs"]): Planned["inputs"] {
  return Object.fromEntries(Object.entries(inputs).filter(([, value]) => isKnown(value)));
}

function isKnown(value: unknown): boolean {
  if (value === unknownValue) return false;
  if (Array.isArray(value)) return value.every((it) => isKnown(it));
  if (typeof value !== "object" || value === null) return true;
  return !(signature in value) && Object.values(value).every((it) => isKnown(it));
}
