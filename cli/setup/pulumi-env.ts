import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { homeVariable } from "../../catalog/home.ts";
import type { MachineFacts } from "../../topology/machine-facts.ts";
import type { Paths } from "../paths.ts";

/**
 * Works out the variables with which a plain `pulumi` works on this repository: the toolchain first on the PATH, the
 * private PULUMI_HOME, the backend with its passphrase, and the engine that set-up found.
 *
 * `ASTRATRADE_BACKEND_URL` chooses another backend than the local one, in Pulumi's own notation. A
 * `PULUMI_CONFIG_PASSPHRASE` in the environment goes before our passphrase file, since Pulumi looks at it first.
 */
export function pulumiEnvironment(
  facts: MachineFacts,
  paths: Paths,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Record<string, string> {
  const { host, certPath } = facts.engine;
  return {
    PATH: withFirst(paths.toolchainBin, env.PATH),
    PULUMI_HOME: paths.pulumiHome,
    PULUMI_BACKEND_URL: env.ASTRATRADE_BACKEND_URL || localBackend(paths.state),
    PULUMI_CONFIG_PASSPHRASE_FILE: paths.passphraseFile,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // Four Node processes start with every Pulumi command; with their code compiled before, it takes a fifth less time.
    NODE_COMPILE_CACHE: join(paths.cache, "compiled"),
    ...(hasFallback(facts) && { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" }),
    DOCKER_HOST: host,
    ...(certPath !== undefined && { DOCKER_CERT_PATH: certPath, DOCKER_TLS_VERIFY: "1" }),
    ...(env[homeVariable] && { [homeVariable]: paths.home }),
  };
}

/**
 * Renders the variables for `eval` in a POSIX shell. The PATH gets its first folder put in front and keeps the rest: what
 * this process sees there has npm's own folders in it, which are nobody else's business. Doing it twice changes nothing.
 */
export function renderShell(env: Readonly<Record<string, string>>): string {
  const { PATH = "", ...others } = env;
  const [toolchain = ""] = PATH.split(delimiter);
  const exports = Object.entries(others)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `export ${name}=${quote(value)}\n`);
  const path =
    `case "$PATH" in ${quote(toolchain)}:*) ;; *) PATH=${quote(toolchain)}:"$PATH" ;; esac\n` +
    "export PATH\n";
  return exports.join("") + path;
}

/** Within single quotes a POSIX shell takes everything as it is, but for the single quote itself. */
function quote(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}

function withFirst(folder: string, path = ""): string {
  const others = path.split(delimiter).filter((entry) => entry !== "" && entry !== folder);
  return [folder, ...others].join(delimiter);
}

/** Pulumi reads a path after `file://` and takes escapes such as %20 for what they stand for. */
function localBackend(folder: string): string {
  return pathToFileURL(folder).href;
}

/** Where one plugin could not be had, Pulumi must not spend its time on asking for others. */
function hasFallback({ toolchain }: MachineFacts): boolean {
  if (toolchain === undefined) return false;
  return [toolchain.languageHost, ...Object.values(toolchain.plugins)].some(
    ({ kind }) => kind === "fallback",
  );
}
