import { closeSync, existsSync, mkdirSync, openSync, readSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { ProgramKind, ToolchainFacts } from "../../topology/machine-facts.ts";
import { repositoryRoot } from "../paths.ts";
import { from, type Draft, type SetupContext } from "./context.ts";
import { anyAnswers } from "./download.ts";
import { runCommand } from "./run-command.ts";
import { exitCodes, UserError } from "./user-error.ts";
import { pluginVersions, pulumiCliVersion } from "./versions.ts";

export type PluginName = keyof typeof pluginVersions;

const names = Object.keys(pluginVersions) as PluginName[];
const downloadTimeoutMs = 5 * 60_000;
const makeTimeoutMs = 5 * 60_000;

export interface InstalledPlugins {
  readonly languageHost: ToolchainFacts["languageHost"];
  readonly plugins: ToolchainFacts["plugins"];
}

/**
 * Makes sure that the private PULUMI_HOME has the plugins that the program asks for, and the toolchain a language host.
 * Official plugins that are there are used, also those in the user's own Pulumi home; others are downloaded; what cannot
 * be had is made from `airgap/`, which brings its own up to date each time.
 *
 * @throws UserError when a plugin can be had in neither way
 */
export async function installPlugins(ctx: SetupContext, draft: Draft): Promise<InstalledPlugins> {
  for (const name of names) {
    if (mayTryOfficial(ctx, name)) adoptFromUserHome(ctx, name);
  }
  const wanted = names.filter(
    (name) => mayTryOfficial(ctx, name) && kindOf(ctx, name) !== "official",
  );
  if (wanted.length > 0 && (await hostAnswers(ctx, wanted))) {
    for (const name of wanted) await downloadPlugin(ctx, draft, name);
  }
  const needsOwn =
    names.some((name) => kindOf(ctx, name) !== "official") || hostKind(ctx) !== "official";
  const own = needsOwn ? await makeFallbacks(ctx, draft) : [];
  const ownHost = own.find(({ name, kind }) => name === "nodejs" && kind === "fallback");
  const plugin = (name: PluginName) => ({
    kind: settledKind(ctx, name),
    version: pluginVersions[name],
  });
  return {
    plugins: { docker: plugin("docker"), random: plugin("random") },
    languageHost: {
      kind: hostKind(ctx) ?? "fallback",
      version: ownHost?.version ?? pulumiCliVersion,
      path: languageHostPath(ctx),
    },
  };
}

/** Once a replacement is in use, only `--refresh` asks again: a change of plugin is the user's decision. */
function mayTryOfficial(ctx: SetupContext, name: PluginName): boolean {
  if (ctx.refresh) return true;
  return (
    kindOf(ctx, name) === undefined && ctx.earlier?.toolchain?.plugins[name].kind !== "fallback"
  );
}

async function hostAnswers(ctx: SetupContext, wanted: readonly PluginName[]): Promise<boolean> {
  const overrides = ctx.env.PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES;
  const urls = overrides ? overrideUrls(overrides) : wanted.flatMap(officialUrls);
  // A mirror of another kind (github://, gitlab://) cannot be asked in this way; Pulumi itself will find out.
  if (urls.length === 0) return true;
  ctx.report(`asking ${[...new Set(urls.map((url) => new URL(url).host))].join(" and ")}`);
  return await anyAnswers(urls);
}

/** Where Pulumi looks by itself: the release on GitHub, then its own host. */
function officialUrls(name: PluginName): string[] {
  const arch = process.arch === "x64" ? "amd64" : process.arch;
  const file = `pulumi-resource-${name}-v${pluginVersions[name]}-${process.platform}-${arch}.tar.gz`;
  return [
    `https://github.com/pulumi/pulumi-${name}/releases/download/v${pluginVersions[name]}/${file}`,
    `https://get.pulumi.com/releases/plugins/${file}`,
  ];
}

/** The addresses in `pattern=url,pattern=url` that speak HTTP. */
export function overrideUrls(overrides: string): string[] {
  return overrides
    .split(",")
    .map((entry) => entry.slice(entry.indexOf("=") + 1))
    .filter((url) => /^https?:\/\//.test(url));
}

async function downloadPlugin(ctx: SetupContext, draft: Draft, name: PluginName): Promise<void> {
  ctx.report(`downloading the ${name} plugin`);
  const reinstall = kindOf(ctx, name) === undefined ? [] : ["--reinstall"];
  const args = ["plugin", "install", "resource", name, `v${pluginVersions[name]}`, ...reinstall];
  const result = await runCommand(from(draft, "cli").path, args, {
    env: { PULUMI_HOME: ctx.paths.pulumiHome, PULUMI_SKIP_UPDATE_CHECK: "true" },
    onLine: ctx.report,
    timeoutMs: downloadTimeoutMs,
  });
  if (result.ok) return;
  ctx.notice(
    `The official ${name} plugin cannot be had (${result.failure}); our own takes its place.\n${result.tail}`,
  );
}

/** What the program says of each plugin in its last line of output. */
interface OwnPlugin {
  readonly name: string;
  readonly kind: ProgramKind;
  readonly version: string;
}

async function makeFallbacks(ctx: SetupContext, draft: Draft): Promise<readonly OwnPlugin[]> {
  const script = join(repositoryRoot, "airgap", "install", "plugins.ts");
  const args = [
    ...["--import", "tsx", script],
    ...["--plugins-dir", pluginsFolder(ctx)],
    ...["--bin-dir", ctx.paths.toolchainBin],
    ...["--node", from(draft, "node").path],
  ];
  const result = await runCommand(process.execPath, args, {
    cwd: repositoryRoot,
    onLine: ctx.report,
    timeoutMs: makeTimeoutMs,
  });
  if (result.ok) {
    const last = result.stdout.split("\n").at(-1) ?? "";
    return (JSON.parse(last) as { plugins: readonly OwnPlugin[] }).plugins;
  }
  throw new UserError(
    `The official Pulumi plugins cannot be reached, and making our own failed: ${result.failure}.\n${result.tail}`,
    exitCodes.notReachable,
  );
}

/** Links to an official plugin that the user's own Pulumi has installed. */
function adoptFromUserHome(ctx: SetupContext, name: PluginName): void {
  if (kindOf(ctx, name) !== undefined) return;
  const userPlugins = join(ctx.env.PULUMI_HOME || join(ctx.userHome, ".pulumi"), "plugins");
  const folder = join(userPlugins, folderOf(name));
  if (
    userPlugins === pluginsFolder(ctx) ||
    executableKind(join(folder, fileOf(name))) !== "official"
  )
    return;
  // Pulumi leaves this beside a plugin whose installation broke off.
  if (existsSync(`${folder}.partial`)) return;
  mkdirSync(pluginsFolder(ctx), { recursive: true });
  symlinkSync(folder, join(pluginsFolder(ctx), folderOf(name)));
}

function settledKind(ctx: SetupContext, name: PluginName): ProgramKind {
  const kind = kindOf(ctx, name);
  if (kind !== undefined) return kind;
  throw new UserError(`The ${name} plugin is not in ${pluginsFolder(ctx)} after its installation.`);
}

function kindOf(ctx: SetupContext, name: PluginName): ProgramKind | undefined {
  return executableKind(join(pluginsFolder(ctx), folderOf(name), fileOf(name)));
}

function hostKind(ctx: SetupContext): ProgramKind | undefined {
  return executableKind(languageHostPath(ctx));
}

/** Official programs are binaries, ours are scripts that start Node. */
function executableKind(path: string): ProgramKind | undefined {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return undefined;
  }
  const start = Buffer.alloc(2);
  readSync(file, start, 0, 2, 0);
  closeSync(file);
  return start.toString() === "#!" ? "fallback" : "official";
}

const languageHostPath = (ctx: SetupContext): string =>
  join(ctx.paths.toolchainBin, "pulumi-language-nodejs");
const pluginsFolder = (ctx: SetupContext): string => join(ctx.paths.pulumiHome, "plugins");
const folderOf = (name: PluginName): string => `resource-${name}-v${pluginVersions[name]}`;
const fileOf = (name: PluginName): string => `pulumi-resource-${name}`;
