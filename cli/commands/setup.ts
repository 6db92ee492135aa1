import { prepareMachine } from "../machine.ts";
import { runSteps } from "../progress/run-steps.ts";
import { selectStack } from "../pulumi/stacks.ts";
import { readStackFile } from "../stack-file.ts";

export interface SetupOptions {
  readonly stack: string;
  /** Install what is missing without asking. */
  readonly yes: boolean;
  /** Ask the official sources again where a replacement is in use. */
  readonly refresh: boolean;
}

/**
 * Makes the machine ready and the stack known to Pulumi, so that plain `pulumi up` finds both.
 * @throws ConfigError, UserError
 */
export async function setup({ stack, yes, refresh }: SetupOptions): Promise<number> {
  readStackFile(stack);
  const { env } = await prepareMachine({ yes, refresh });
  await runSteps([
    {
      title: `Select stack ${stack}`,
      run: async () => ((await selectStack({ env }, stack)) ? "new" : undefined),
    },
  ]);
  return 0;
}
