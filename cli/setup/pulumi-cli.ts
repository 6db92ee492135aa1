import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ProgramKind, ToolchainFacts } from "../../topology/machine-facts.ts";
import { repositoryRoot } from "../paths.ts";
import type { SetupContext } from "./context.ts";
import { NotDownloadable } from "./download.ts";
import { adoptInstalledCli, downloadOfficialCli, versionOf } from "./official-cli.ts";
import { runCommand } from "./run-command.ts";
import { exitCodes, UserError } from "./user-error.ts";
import { pulumiCliVersion } from "./versions.ts";

/** A cold build takes four minutes on two cores, and longer where modules come slowly. */
const buildTimeoutMs = 45 * 60_000;

/**
 * Makes sure that the toolchain has the Pulumi CLI: one that is there is used; else the user's own of the same version,
 * the official download, or a build from its Go module, in this order.
 *
 * @throws UserError when none of them works
 */
export async function installPulumiCli(ctx: SetupContext): Promise<ToolchainFacts["cli"]> {
  const path = join(ctx.paths.toolchainBin, "pulumi");
  const facts = (kind: ProgramKind) => ({ kind, version: pulumiCliVersion, path });
  const present = existsSync(path) ? readKind(ctx) : undefined;
  if (present === "official" || (present === "fallback" && !ctx.refresh)) return facts(present);
  if (await adoptInstalledCli(ctx)) return facts(recordKind(ctx, "official"));
  try {
    await downloadOfficialCli(ctx);
    return facts(recordKind(ctx, "official"));
  } catch (error) {
    if (!(error instanceof NotDownloadable)) throw error;
    ctx.report(error.message);
    if (present === undefined) await build(ctx, path, error);
    return facts(recordKind(ctx, "fallback"));
  }
}

async function build(ctx: SetupContext, path: string, unreachable: Error): Promise<void> {
  const script = join(repositoryRoot, "airgap", "pulumi-cli", "build.ts");
  const result = await runCommand(process.execPath, ["--import", "tsx", script, "--out", path], {
    cwd: repositoryRoot,
    onLine: ctx.report,
    timeoutMs: buildTimeoutMs,
  });
  if (!result.ok) {
    throw new UserError(
      `There is no Pulumi CLI. The official one cannot be had (${unreachable.message}), and:\n${result.tail || result.failure}`,
      exitCodes.notReachable,
    );
  }
  const version = await versionOf(path);
  if (version === pulumiCliVersion) return;
  throw new UserError(
    `The Pulumi CLI built at ${path} does not run as ${pulumiCliVersion} (${version ?? "it fails"}).`,
  );
}

/** The program itself does not tell where it comes from, and it outlives the home whose facts do. */
function kindFile(ctx: SetupContext): string {
  return join(dirname(ctx.paths.toolchainBin), "pulumi-kind");
}

function readKind(ctx: SetupContext): ProgramKind | undefined {
  try {
    const kind = readFileSync(kindFile(ctx), "utf8").trim();
    return kind === "official" || kind === "fallback" ? kind : undefined;
  } catch {
    return undefined;
  }
}

function recordKind(ctx: SetupContext, kind: ProgramKind): ProgramKind {
  mkdirSync(dirname(kindFile(ctx)), { recursive: true });
  writeFileSync(kindFile(ctx), `${kind}\n`);
  return kind;
}
