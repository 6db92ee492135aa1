import type { Machine } from "../machine.ts";

/** One difference between a running container and what was deployed. No secret is in it. */
export interface DriftItem {
  /** Container, network or volume on the engine. */
  readonly name: string;
  readonly urn: string;
  /** `memory`, `restart`, `env.LOG_LEVEL`, `label.io.astratrade.service`, `mount /data`, `network …`, `state`. */
  readonly property: string;
  readonly expected: string;
  readonly actual: string;
}

/**
 * Compares what runs with what was last deployed, including what a refresh cannot see.
 * @returns every difference, sorted by container and property; empty when the stack is not deployed
 */
export function findDrift(_machine: Machine, _stack: string): Promise<readonly DriftItem[]> {
  return Promise.resolve([]);
}

/** Arguments for `pulumi up` that mend the drift: what to refresh, and what to replace. */
export function mendingArguments(_drift: readonly DriftItem[]): readonly string[] {
  return [];
}
