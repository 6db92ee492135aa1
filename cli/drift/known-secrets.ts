import { revealSecret, type StackState } from "../pulumi/stack-state.ts";

/** What the state tells about which values are secret. */
export interface KnownSecrets {
  /** Every text that the state keeps as a secret of its own, such as a generated password. */
  readonly values: readonly string[];
  /**
   * Names of the variables that the topology sets. A list with one secret in it is secret as a whole; the topology holds
   * no secret, so that those of its variables are the ones that may be shown.
   */
  readonly plainVariables: ReadonlySet<string>;
}

export function knownSecrets({ resources }: StackState): KnownSecrets {
  const values = new Set<string>();
  const plainVariables = new Set<string>();
  for (const { type, inputs, outputs } of resources) {
    for (const value of [inputs, outputs]) collectSecrets(value, values);
    if (type === "pulumi:pulumi:Stack") collectVariables(outputs.blueprint, plainVariables);
  }
  return { values: [...values], plainVariables };
}

function collectSecrets(wrapped: unknown, into: Set<string>): void {
  const { value, isSecret } = revealSecret(wrapped);
  if (typeof value === "string") {
    if (isSecret && value !== "") into.add(value);
  } else if (typeof value === "object" && value !== null) {
    for (const inner of Object.values(value) as unknown[]) collectSecrets(inner, into);
  }
}

/** Every `env` of the blueprint's plans, wherever in it: its form changes with the releases. */
function collectVariables(value: unknown, into: Set<string>): void {
  if (typeof value !== "object" || value === null) return;
  for (const [name, inner] of Object.entries(value) as [string, unknown][]) {
    if (name === "env" && typeof inner === "object" && inner !== null) {
      for (const variable of Object.keys(inner)) into.add(variable);
    } else {
      collectVariables(inner, into);
    }
  }
}
