import { z } from "zod";
import { askPulumi, type PulumiSetting } from "./run-pulumi.ts";

const resource = z.object({
  urn: z.string(),
  type: z.string(),
  /** The provider's id; components and the stack itself have none. */
  id: z.string().default(""),
  inputs: z.record(z.string(), z.unknown()).default({}),
  outputs: z.record(z.string(), z.unknown()).default({}),
  /** Left over from a replacement that has not been finished. */
  delete: z.boolean().default(false),
  /** Why the provider called its creation a failure; empty when it was none. */
  initErrors: z.array(z.string()).default([]),
  ignoreChanges: z.array(z.string()).default([]),
});

const pendingOperation = z.object({ resource, type: z.string() });

const exported = z.object({
  deployment: z
    .object({
      resources: z.array(resource).nullish(),
      pending_operations: z.array(pendingOperation).nullish(),
    })
    .nullish(),
});

/** One resource as the state has it. Secrets are wrapped: `revealSecret` opens them. */
export type StateResource = z.infer<typeof resource>;

/** An operation that was under way when an earlier command ended. */
export type PendingOperation = z.infer<typeof pendingOperation>;

/** What a stack's state says. */
export interface StackState {
  readonly resources: readonly StateResource[];
  readonly pendingOperations: readonly PendingOperation[];
}

/**
 * Reads a stack's state through the CLI, so that every backend will do.
 * @param options.showSecrets with secrets in the plain; without, what is secret stays encrypted, and reading takes half
 *   the time
 * @throws UserError when the backend does not know the stack
 */
export async function readStackState(
  setting: PulumiSetting,
  stack: string,
  { showSecrets }: { readonly showSecrets: boolean },
): Promise<StackState> {
  const args = ["stack", "export", "--stack", stack, ...(showSecrets ? ["--show-secrets"] : [])];
  return parseStackState(JSON.parse(await askPulumi(setting, args)));
}

/** Parses what `pulumi stack export` prints. */
export function parseStackState(value: unknown): StackState {
  const { deployment } = exported.parse(value);
  return {
    resources: deployment?.resources ?? [],
    pendingOperations: deployment?.pending_operations ?? [],
  };
}

/** A value of the state, and whether the state keeps it as a secret. */
export interface Revealed {
  readonly value: unknown;
  readonly isSecret: boolean;
}

const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

const secret = z.object({
  [signature]: z.literal(secretSignature),
  plaintext: z.string().optional(),
});

/**
 * Opens a secret of a state that was read with `showSecrets`. A list with one secret in it is a secret as a whole, and
 * its plain form does not tell which of its elements is meant.
 * @returns the value itself when it is none; undefined for a secret that is still encrypted
 */
export function revealSecret(value: unknown): Revealed {
  const found = secret.safeParse(value).data;
  if (found === undefined) return { value, isSecret: false };
  const { plaintext } = found;
  const plain: unknown = plaintext === undefined ? undefined : JSON.parse(plaintext);
  return { value: plain, isSecret: true };
}
