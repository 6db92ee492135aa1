import { Argument, Command, CommanderError, InvalidArgumentError } from "commander";
import { ConfigError } from "../topology/stack-config.ts";
import { defaultStack } from "./npm-command.ts";
import { exitCodes, UserError } from "./setup/user-error.ts";

const stackOption = [
  "-s, --stack <name>",
  "the stack: a file Pulumi.<name>.yaml",
  defaultStack,
] as const;

const waitOption = [
  "--wait <time>",
  "wait so long for another command on the stack, such as 90s or 10m",
  milliseconds,
  0,
] as const;

/** Reads `90s`, `10m` or `1h`. */
function milliseconds(text: string): number {
  const [, count, unit] = /^(\d+)(s|m|h)$/.exec(text) ?? [];
  const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };
  if (count !== undefined && unit !== undefined) return Number(count) * (units[unit] ?? 0);
  throw new InvalidArgumentError("expected a time such as 90s, 10m or 1h.");
}

function releaseNumber(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new InvalidArgumentError("expected the number of a release, such as 3.");
}

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
    .option("--adopt", "take over containers of the stack that no state knows", false)
    .option(...waitOption)
    .action(
      async (options: {
        stack: string;
        yes: boolean;
        verbose: boolean;
        adopt: boolean;
        wait: number;
      }) => {
        const { up } = await import("./commands/up.ts");
        setExitCode(await up({ ...options, waitMs: options.wait }));
      },
    );
  program
    .command("down")
    .description("take the stack down and keep its data")
    .option(...stackOption)
    .option("--purge", "delete its data too, after asking for the stack's name", false)
    .option("--confirm <name>", "the stack's name, where nobody can be asked")
    .option(...waitOption)
    .action(async (options: { stack: string; purge: boolean; confirm?: string; wait: number }) => {
      const { down } = await import("./commands/down.ts");
      setExitCode(await down({ ...options, confirm: options.confirm, waitMs: options.wait }));
    });
  program
    .command("rollback")
    .description("deploy a recorded release again, without a build, and validate it")
    .option(...stackOption)
    .option(
      "--to <release>",
      "its number; default: the one before the one that runs",
      releaseNumber,
    )
    .option("-v, --verbose", "show every check", false)
    .option(...waitOption)
    .action(async (options: { stack: string; to?: number; verbose: boolean; wait: number }) => {
      const { rollback } = await import("./commands/rollback.ts");
      const { to = null, wait, ...others } = options;
      setExitCode(await rollback({ ...others, to, waitMs: wait }));
    });
  program
    .command("releases")
    .description("list the recorded releases, or compare two of them")
    .argument("[from]", "a release to compare", releaseNumber)
    .argument("[to]", "the other one", releaseNumber)
    .option(...stackOption)
    .option("--json", "as JSON", false)
    .action(
      async (
        from: number | undefined,
        to: number | undefined,
        options: { stack: string; json: boolean },
      ) => {
        const { releases } = await import("./commands/releases.ts");
        if ((from === undefined) !== (to === undefined)) {
          throw new InvalidArgumentError("two releases make a comparison, one does not.");
        }
        const compare = from === undefined || to === undefined ? null : ([from, to] as const);
        setExitCode(await releases({ ...options, compare }));
      },
    );
  program
    .command("drift")
    .description("show in what the running stack differs from what was deployed")
    .option(...stackOption)
    .option("--json", "as JSON", false)
    .action(async (options: { stack: string; json: boolean }) => {
      setExitCode(await (await import("./commands/drift.ts")).drift(options));
    });
  program
    .command("doctor")
    .description("look at machine, engine and stack for what would stop a deploy; changes nothing")
    .option(...stackOption)
    .option("--json", "as JSON", false)
    .action(async (options: { stack: string; json: boolean }) => {
      setExitCode(await (await import("./commands/doctor.ts")).doctor(options));
    });
  program
    .command("config")
    .description("show the stack's settings as they hold")
    .option(...stackOption)
    .option("--explain", "every setting there is: type, default, meaning", false)
    .option("--json", "as JSON", false)
    .action(async (options: { stack: string; explain: boolean; json: boolean }) => {
      setExitCode(await (await import("./commands/config.ts")).config(options));
    });
  program
    .command("validate")
    .description("check the deployed stack and write a report")
    .option(...stackOption)
    .option("-v, --verbose", "show every check", false)
    .action(async (options: { stack: string; verbose: boolean }) => {
      setExitCode(await (await import("./commands/validate.ts")).validate(options));
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
    .command("bench")
    .description("measure the gateway beside others; see bench/README.md")
    .addArgument(new Argument("<what>", "what to measure").choices(["gateway", "ab"]))
    .argument("[options...]", "options of the benchmark itself")
    .allowUnknownOption()
    .action(async (what: "gateway" | "ab", options: string[]) => {
      setExitCode(await (await import("./commands/bench.ts")).bench(what, options));
    });
  program
    .command("test")
    .description("check and test; sets up what the tests need")
    .option("--unit", "only what needs no engine", false)
    .option("--long", "only the long ones: many interrupted deploys, resumable by seed", false)
    .action(async (options: { unit: boolean; long: boolean }) => {
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
