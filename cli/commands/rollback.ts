export interface RollbackOptions {
  readonly stack: string;
  /** Number of the release; null: the one before the one that runs. */
  readonly to: number | null;
  readonly verbose: boolean;
  readonly waitMs: number;
}

/** Deploys a recorded release again, without a build. */
export function rollback(_options: RollbackOptions): Promise<number> {
  return Promise.resolve(0);
}
