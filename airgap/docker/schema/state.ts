import type { Properties } from "../../plugin/values.ts";

/**
 * Completes outputs that go into the state: with the id, and with the version of their form, which
 * the official provider looks for. Without it, it would take the state for one of its oldest forms
 * and convert it, which breaks labels and ports.
 *
 * @param schemaVersion the official provider's number for this type of resource
 */
export function stateOf(outputs: Properties, id: string, schemaVersion: string): Properties {
  return { ...outputs, id, __meta: JSON.stringify({ schema_version: schemaVersion }) };
}
