/** The stack that a command works on where nobody says so. */
export const defaultStack = "dev";

/** A command as people type it: `npm run up`, `npm run up -- --stack staging --adopt`. */
export function npmCommand(name: string, stack: string, ...options: readonly string[]): string {
  const all = [...(stack === defaultStack ? [] : ["--stack", stack]), ...options];
  return all.length === 0 ? `npm run ${name}` : `npm run ${name} -- ${all.join(" ")}`;
}
