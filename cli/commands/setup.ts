import { prepareMachine } from "../machine.ts";
import { refuseWithoutState } from "../repair/refuse-without-state.ts";
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
  const config = readStackFile(stack);
  const machine = await prepareMachine({ yes, refresh, config });
  await runSteps([
    {
      title: `Select stack ${stack}`,
      run: async () => {
        const isNew = await selectStack({ env: machine.env }, stack, () =>
          refuseWithoutState(machine, stack),
        );
        return isNew ? "new" : undefined;
      },
    },
  ]);
  return 0;
}
