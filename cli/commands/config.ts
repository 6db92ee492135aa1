export interface ConfigOptions {
  readonly stack: string;
  /** Explain every setting instead of showing what holds. */
  readonly explain: boolean;
  readonly json: boolean;
}

/** Shows the settings of a stack as they hold, or explains every setting there is. */
export function config(_options: ConfigOptions): Promise<number> {
  return Promise.resolve(0);
}
