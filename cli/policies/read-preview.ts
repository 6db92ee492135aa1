import { z } from "zod";
import type { PolicyResource } from "../../topology/policies/index.ts";

/** The part of a preview's events that says what the program registers; the rest passes through unread. */
const registration = z.object({
  resourcePreEvent: z.object({
    metadata: z.object({
      op: z.string(),
      urn: z.string(),
      type: z.string(),
      new: z
        .object({
          inputs: z.record(z.string(), z.unknown()).nullish(),
          retainOnDelete: z.boolean().optional(),
        })
        .nullish(),
    }),
  }),
});

/** What a program registers, by URN. */
export type Registered = ReadonlyMap<string, PolicyResource>;

/**
 * Operations whose event shows what the program asks for. Others show an old state (`delete`, `refresh`) or the old half of
 * a replacement.
 */
const asked: readonly string[] = ["same", "create", "update", "replace", "create-replacement"];

/** Adds one line of a preview's event stream. A line that registers nothing changes nothing. */
export function readRegistration(registered: Registered, line: string): Registered {
  // Most lines are something else, and parsing them twice would cost more than all the policies.
  if (!line.includes('"resourcePreEvent"')) return registered;
  const parsed = registration.safeParse(parseJson(line)).data?.resourcePreEvent.metadata;
  if (parsed?.new === undefined || parsed.new === null || !asked.includes(parsed.op)) {
    return registered;
  }
  const { urn, type, new: state } = parsed;
  const resource: PolicyResource = {
    type,
    name: urn.slice(urn.lastIndexOf("::") + 2),
    inputs: state.inputs ?? {},
    retainOnDelete: state.retainOnDelete ?? false,
  };
  return new Map([...registered, [urn, resource]]);
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
