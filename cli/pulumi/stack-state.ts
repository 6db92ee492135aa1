import { readFileSync } from "node:fs";
import { z } from "zod";
import { stackFiles } from "./local-backend.ts";
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

const checkpointFile = z.object({ checkpoint: z.object({ latest: z.unknown().optional() }) });

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
 * Reads a stack's state; what is secret in it stays encrypted. A local backend's file is read at once, since asking the CLI
 * takes most of a second. A file that is missing or cannot be read is the CLI's to explain.
 * @throws UserError when the backend does not know the stack
 */
export async function readStackState(setting: PulumiSetting, stack: string): Promise<StackState> {
  return readCheckpoint(setting, stack) ?? (await exportState(setting, stack));
}

/**
 * Reads a stack's state with its secrets in the plain, which only the CLI can open.
 * @throws UserError when the backend does not know the stack
 */
export async function readOpenState(setting: PulumiSetting, stack: string): Promise<StackState> {
  return await exportState(setting, stack, ["--show-secrets"]);
}

/** The outputs of a stack. One that was never deployed, or is taken down, has none. */
export function outputsOf({ resources }: StackState): Readonly<Record<string, unknown>> {
  return resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs ?? {};
}

function readCheckpoint(setting: PulumiSetting, stack: string): StackState | null {
  const files = stackFiles(setting, stack);
  if (files === null) return null;
  try {
    const content: unknown = JSON.parse(readFileSync(files.checkpoint, "utf8"));
    const { latest } = checkpointFile.parse(content).checkpoint;
    return parseStackState({ deployment: latest ?? null });
  } catch {
    return null;
  }
}

async function exportState(
  setting: PulumiSetting,
  stack: string,
  options: readonly string[] = [],
): Promise<StackState> {
  const args = ["stack", "export", "--stack", stack, ...options];
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

/** Key of an object that stands for something else, such as a secret. */
export const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

const secret = z.object({
  [signature]: z.literal(secretSignature),
  plaintext: z.string().optional(),
});

/**
 * Opens a secret of a state that `readOpenState` has read. A list with one secret in it is a secret as a whole, and
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
