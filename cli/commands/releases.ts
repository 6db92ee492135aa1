export interface ReleasesOptions {
  readonly stack: string;
  readonly json: boolean;
  /** Two numbers to compare; null lists all. */
  readonly compare: readonly [number, number] | null;
}

/** Lists the recorded releases of a stack, or says in what two of them differ. */
export function releases(_options: ReleasesOptions): Promise<number> {
  return Promise.resolve(0);
}
