import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { homeFolder, machineFactsFile } from "../catalog/home.ts";
import { exitCodes, UserError } from "./setup/user-error.ts";
import { pulumiCliVersion } from "./setup/versions.ts";

/** The clone's folder, wherever a command was started. */
export const repositoryRoot = dirname(dirname(fileURLToPath(import.meta.url)));

/** Every folder and file that outlives a clone. All are absolute; nothing is created by naming it. */
export interface Paths {
  /** What must not be lost: state, secrets, releases, backups. */
  readonly home: string;
  /** Folder of the `file://` backend. */
  readonly state: string;
  readonly passphraseFile: string;
  readonly machineFacts: string;
  /** Data version of each volume, so that an older image never opens newer data. */
  readonly dataVersions: string;
  /** Folder of the stacks' locks: one deploy at a time for each. */
  readonly locks: string;
  readonly releases: string;
  readonly backups: string;
  /** Log of an engine that we started without systemd. */
  readonly engineLog: string;
  /** A PULUMI_HOME of our own: fallback plugins must never reach other projects of the user. */
  readonly pulumiHome: string;
  /** What can be made again. */
  readonly cache: string;
  readonly downloads: string;
  /** Folder with `node`, `pulumi` and `pulumi-language-nodejs`, first on the PATH of every Pulumi process. */
  readonly toolchainBin: string;
}

export interface PathsOptions {
  /** @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** @default the user's home folder */
  readonly userHome?: string;
}

/**
 * Works out where everything lives. `ASTRATRADE_HOME` moves the home (default `~/.astratrade`), `ASTRATRADE_CACHE` the
 * cache (default `astratrade` in `XDG_CACHE_HOME` or in `~/.cache`).
 *
 * @throws UserError when a variable holds a relative path: it would mean another folder for each place a command is
 *   started from. `XDG_CACHE_HOME` is then ignored, as its specification asks.
 */
export function resolvePaths(options: PathsOptions = {}): Paths {
  const { env = process.env, userHome = homedir() } = options;
  const home = badUsage(() => homeFolder(env, userHome));
  const xdgCache = env.XDG_CACHE_HOME;
  const cacheParent =
    xdgCache !== undefined && isAbsolute(xdgCache) ? xdgCache : join(userHome, ".cache");
  const cache = absoluteCache(env.ASTRATRADE_CACHE) ?? join(cacheParent, "astratrade");
  const key = `pulumi-${pulumiCliVersion}-${process.platform}-${process.arch}`;
  return {
    home,
    state: join(home, "state"),
    passphraseFile: join(home, "passphrase"),
    machineFacts: join(home, machineFactsFile),
    dataVersions: join(home, "data-versions.json"),
    locks: join(home, "locks"),
    releases: join(home, "releases"),
    backups: join(home, "backups"),
    engineLog: join(home, "dockerd.log"),
    pulumiHome: join(home, "pulumi"),
    cache,
    downloads: join(cache, "downloads"),
    toolchainBin: join(cache, "toolchain", key, "bin"),
  };
}

function absoluteCache(value: string | undefined): string | undefined {
  if (value === undefined || value === "") return undefined;
  if (isAbsolute(value)) return value;
  throw new UserError(
    `ASTRATRADE_CACHE is "${value}"; it must be an absolute path, for instance /var/cache/astratrade.`,
    exitCodes.badUsage,
  );
}

/** The catalogue knows no exit codes; what it throws here is a variable with a wrong value. */
function badUsage<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new UserError((error as Error).message, exitCodes.badUsage, { cause: error });
  }
}
