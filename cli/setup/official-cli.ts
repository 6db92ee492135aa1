import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { checksumFor } from "./checksum.ts";
import type { HostContext } from "./context.ts";
import { download, downloadText } from "./download.ts";
import { runCommand } from "./run-command.ts";
import { UserError } from "./user-error.ts";
import { pulumiCliVersion } from "./versions.ts";

/** What we take from the archive: the CLI, and what it starts for a Node program. */
const programs = [
  "pulumi-language-nodejs",
  "pulumi-resource-pulumi-nodejs",
  "pulumi-analyzer-policy",
  // Last: whoever finds it finds the others too.
  "pulumi",
] as const;

/** Where the CLI of this version comes from; `ASTRATRADE_PULUMI_CLI_URL` names a mirror's archive instead. */
export function officialCliUrl(env: HostContext["env"]): string {
  if (env.ASTRATRADE_PULUMI_CLI_URL) return env.ASTRATRADE_PULUMI_CLI_URL;
  const file = `pulumi-v${pulumiCliVersion}-${process.platform}-${process.arch}.tar.gz`;
  return `https://get.pulumi.com/releases/sdk/${file}`;
}

/**
 * Downloads the official CLI with its Node language host into the toolchain. The archive's checksum is compared where
 * the host has one beside it: `<url>.sha256`, or the release's list of checksums.
 *
 * @throws NotDownloadable when the host cannot be reached
 * @throws UserError when the checksum differs, or what came is not the CLI of this version
 */
export async function downloadOfficialCli(ctx: HostContext): Promise<void> {
  const url = officialCliUrl(ctx.env);
  const archive = join(ctx.paths.downloads, `${process.pid}-${basename(new URL(url).pathname)}`);
  mkdirSync(dirname(ctx.paths.toolchainBin), { recursive: true });
  const incoming = mkdtempSync(join(dirname(ctx.paths.toolchainBin), "incoming-"));
  try {
    ctx.report(`asking ${new URL(url).host}`);
    const sum = await download(url, archive, { report: ctx.report });
    await verify(url, sum);
    await unpack(archive, incoming);
    await checkVersion(url, join(incoming, "pulumi"));
    mkdirSync(ctx.paths.toolchainBin, { recursive: true });
    for (const program of programs) {
      const from = join(incoming, program);
      if (existsSync(from)) renameSync(from, join(ctx.paths.toolchainBin, program));
    }
  } finally {
    rmSync(archive, { force: true });
    rmSync(incoming, { recursive: true, force: true });
  }
}

/**
 * Links to a CLI of the right version that the user has installed.
 *
 * @returns whether there is one
 */
export async function adoptInstalledCli(ctx: HostContext): Promise<boolean> {
  const found = (ctx.env.PATH ?? "")
    .split(":")
    .filter((folder) => folder !== "" && folder !== ctx.paths.toolchainBin)
    .map((folder) => join(folder, "pulumi"))
    .find((path) => existsSync(path));
  if (found === undefined) return false;
  const folder = dirname(realpathSync(found));
  if (!existsSync(join(folder, "pulumi-language-nodejs"))) return false;
  if ((await versionOf(join(folder, "pulumi"))) !== pulumiCliVersion) return false;
  mkdirSync(ctx.paths.toolchainBin, { recursive: true });
  for (const program of programs.filter((name) => existsSync(join(folder, name)))) {
    const link = join(ctx.paths.toolchainBin, program);
    rmSync(link, { force: true });
    symlinkSync(join(folder, program), link);
  }
  return true;
}

/** What a CLI says its version is, without the v; undefined when it does not run. */
export async function versionOf(cli: string): Promise<string | undefined> {
  const { ok, stdout } = await runCommand(cli, ["version"], {
    env: { PULUMI_SKIP_UPDATE_CHECK: "true" },
    timeoutMs: 30_000,
  });
  return ok ? stdout.trim().replace(/^v/, "") : undefined;
}

async function verify(url: string, sum: string): Promise<void> {
  const list = new URL(`pulumi-${pulumiCliVersion}-checksums.txt`, url).href;
  for (const source of [`${url}.sha256`, list]) {
    const text = await downloadText(source);
    const wanted = text === undefined ? undefined : checksumFor(url, text);
    if (wanted === undefined) continue;
    if (wanted === sum) return;
    throw new UserError(
      `The archive ${url} has the SHA-256 ${sum}, but ${source} says ${wanted}. It was changed on its way, or the ` +
        "download broke off; nothing was installed.",
    );
  }
}

async function unpack(archive: string, folder: string): Promise<void> {
  const entries = extract();
  const unzipped = pipeline(createReadStream(archive), createGunzip(), entries);
  // Awaited below; should reading the entries fail first, this failure is the same one.
  unzipped.catch(() => undefined);
  for await (const entry of entries) {
    const name = programs.find((program) => basename(entry.header.name) === program);
    if (name === undefined || entry.header.type !== "file") entry.resume();
    else await pipeline(entry, createWriteStream(join(folder, name), { mode: 0o755 }));
  }
  await unzipped;
}

async function checkVersion(url: string, cli: string): Promise<void> {
  const version = existsSync(cli) ? await versionOf(cli) : undefined;
  if (version === pulumiCliVersion) return;
  throw new UserError(
    `The archive ${url} should hold the Pulumi CLI ${pulumiCliVersion}; ` +
      (version === undefined ? "it holds none that runs here." : `it holds ${version}.`),
  );
}
