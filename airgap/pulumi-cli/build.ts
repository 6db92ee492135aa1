import { mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { explain } from "./explain.ts";
import { goVersion, isAtLeast, runGo } from "./go-program.ts";
import { cliPackage, linkerFlags, type Pin, readPin } from "./pin.ts";

const help = `Builds the Pulumi CLI from its Go module, for machines that cannot reach the host of its releases.

  node --import tsx airgap/pulumi-cli/build.ts --out <path>

Needs Go and a Go module proxy. The first build takes some minutes; later ones only link.
The last line on standard output is JSON: {"version", "path"}.
`;

/** Builds the CLI into a file that is there as a whole or not at all. */
async function build(out: string, pin: Pin): Promise<void> {
  await checkGo(pin);
  const count = await countPackages();
  const draft = `${out}.${process.pid}.part`;
  try {
    mkdirSync(dirname(out), { recursive: true });
    if (count === 0) progress("all packages are compiled already; linking");
    const args = ["build", "-v", "-o", draft, "-ldflags", linkerFlags(pin), cliPackage];
    const result = await runGo(args, packageProgress(count));
    if (!result.ok) throw await failure("Building the Pulumi CLI", result.errors);
    renameSync(draft, out);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Go from 1.21 on fetches the version that go.mod asks for by itself, as a module. */
async function checkGo({ cliVersion, goVersion: wanted }: Pin): Promise<void> {
  const found = await goVersion();
  const wayOut = `Install Go ${wanted} or later (go.dev/dl), and see that \`go\` is on the PATH.`;
  if (found === undefined) {
    throw new BuildError(
      `Building the Pulumi CLI ${cliVersion} needs Go, and there is none. ${wayOut}`,
    );
  }
  if (isAtLeast(found, wanted)) return;
  if (!isAtLeast(found, "1.21")) {
    throw new BuildError(`Go ${found} is too old to build the Pulumi CLI ${cliVersion}. ${wayOut}`);
  }
  progress(`Go ${found} is older than ${wanted}; Go fetches that version as a module`);
  process.env.GOTOOLCHAIN = `go${wanted}+auto`;
  const result = await runGo(["version"], progress);
  if (!result.ok)
    throw await failure(`Go ${found} is too old, and fetching ${wanted}`, result.errors);
}

/** Downloads the modules, and counts the packages that are not compiled yet. */
async function countPackages(): Promise<number> {
  let modules = 0;
  const onLine = (line: string): void => {
    if (!line.startsWith("go: downloading ")) return;
    modules += 1;
    progress(`module ${modules}: ${line.slice("go: downloading ".length)}`);
  };
  const args = ["list", "-deps", "-f", "{{if .Stale}}{{.StaleReason}}{{end}}", cliPackage];
  const result = await runGo(args, onLine);
  if (!result.ok) throw await failure("Fetching the modules of the Pulumi CLI", result.errors);
  return result.stdout
    .split("\n")
    .filter((reason) => reason !== "" && !reason.includes("available in build cache")).length;
}

/** `go build -v` prints each package when its turn comes. */
function packageProgress(count: number): (line: string) => void {
  let done = 0;
  return (line) => {
    if (!/^[\w.~/-]+$/.test(line)) return;
    done += 1;
    progress(`package ${done} of ${count}: ${line}`);
    // The command itself is compiled last, and linked.
    if (line === cliPackage) progress("linking");
  };
}

async function failure(what: string, errors: string): Promise<BuildError> {
  const { stdout } = await runGo(["env", "GOPROXY"]);
  return new BuildError(`${what} failed. ${explain(errors, stdout.trim())}`);
}

class BuildError extends Error {}

function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { out: { type: "string" }, help: { type: "boolean", default: false } },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  if (values.out === undefined) {
    process.stderr.write(`--out is missing.\n\n${help}`);
    return 2;
  }
  const pin = readPin();
  const path = resolve(values.out);
  try {
    await build(path, pin);
  } catch (error) {
    if (!(error instanceof BuildError) && (error as NodeJS.ErrnoException).code === undefined)
      throw error;
    process.stderr.write(`${(error as Error).message}\n`);
    return 1;
  }
  process.stdout.write(`${JSON.stringify({ version: pin.cliVersion, path })}\n`);
  return 0;
}

process.exitCode = await main();
