import { renderShell } from "../setup/pulumi-env.ts";
import { readMachine } from "../machine.ts";

/** Prints what a shell needs to use `pulumi` on this project: `eval "$(npm run -s env)"`. */
export function printEnvironment(): number {
  process.stdout.write(renderShell(readMachine().env));
  return 0;
}
