import { Command, CommanderError } from "commander";
import { ConfigError } from "../topology/stack-config.ts";
import { exitCodes, UserError } from "./setup/user-error.ts";

const stackOption = ["-s, --stack <name>", "the stack: a file Pulumi.<name>.yaml", "dev"] as const;

/** The `astra` command line. Each command is loaded when it is called, since together they take a second to load. */
function commandLine(setExitCode: (code: number) => void): Command {
  const program = new Command("astra")
    .description("Deploys, checks and takes down the AstraTrade platform.")
    .exitOverride()
    .showHelpAfterError()
    .addHelpText(
      "after",
      "\nExit codes: 0 passed, 1 failed, 2 bad usage or configuration, 3 engine or stack not reachable, " +
        "4 inconclusive, 130 interrupted.",
    );
  program
    .command("up")
    .description("set this machine up, deploy the stack and validate it")
    .option(...stackOption)
    .option("-y, --yes", "install what is missing without asking", false)
    .option("-v, --verbose", "show every check", false)
    .action(async (options: { stack: string; yes: boolean; verbose: boolean }) => {
      setExitCode(await (await import("./commands/up.ts")).up(options));
    });
  program
    .command("down")
    .description("take the stack down and keep its data")
    .option(...stackOption)
    .option("--purge", "delete its data too, after asking for the stack's name", false)
    .option("--confirm <name>", "the stack's name, where nobody can be asked")
    .action(async (options: { stack: string; purge: boolean; confirm?: string }) => {
      const { down } = await import("./commands/down.ts");
      setExitCode(await down({ ...options, confirm: options.confirm }));
    });
  program
    .command("validate")
    .description("check the deployed stack and write a report")
    .option(...stackOption)
    .option("-v, --verbose", "show every check", false)
    .action(async (options: { stack: string; verbose: boolean }) => {
      const { validateDeployment } = await import("./commands/validate.ts");
      setExitCode(await validateDeployment({ ...options, trigger: "manual" }));
    });
  program
    .command("status")
    .description("show the stack's containers and addresses")
    .option(...stackOption)
    .option("--json", "as JSON", false)
    .action(async (options: { stack: string; json: boolean }) => {
      setExitCode(await (await import("./commands/status.ts")).status(options));
    });
  program
    .command("setup")
    .description(
      "make this machine ready: engine, Pulumi, plugins, base images, and the stack for plain pulumi",
    )
    .option(...stackOption)
    .option("-y, --yes", "install what is missing without asking", false)
    .option("--refresh", "look again for what could not be had the last time", false)
    .action(async (options: { stack: string; yes: boolean; refresh: boolean }) => {
      setExitCode(await (await import("./commands/setup.ts")).setup(options));
    });
  program
    .command("env")
    .description('print the environment for plain pulumi: eval "$(npm run -s env)"')
    .action(async () => {
      setExitCode((await import("./commands/env.ts")).printEnvironment());
    });
  program
    .command("check")
    .description("type check, lint and format check")
    .action(async () => {
      setExitCode(await (await import("./commands/check.ts")).check());
    });
  program
    .command("test")
    .description("check and test; sets up what the tests need")
    .option("--unit", "only what needs no engine", false)
    .action(async (options: { unit: boolean }) => {
      setExitCode(await (await import("./commands/test.ts")).test(options));
    });
  return program;
}

/** Errors that the user can mend are a message and an exit code; anything else is a bug and shows its stack. */
async function main(argv: readonly string[]): Promise<number> {
  let exitCode = 0;
  try {
    await commandLine((code) => {
      exitCode = code;
    }).parseAsync(argv, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? 0 : exitCodes.badUsage;
    }
    if (error instanceof ConfigError || error instanceof UserError) {
      process.stderr.write(`\n${error.message}\n`);
      return error instanceof UserError ? error.exitCode : exitCodes.badUsage;
    }
    throw error;
  }
}

process.exitCode = await main(process.argv.slice(2));
