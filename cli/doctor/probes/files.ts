import { accessSync, constants, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { repositoryRoot, type Paths } from "../../paths.ts";
import type { FileLook, FilesLook } from "../facts.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** Looks at the home, the passphrase in it and the folder of Pulumi's state. Nothing is made or changed. */
export function probeFiles(paths: Paths, env: Env): FilesLook {
  const backend = backendFolder(paths, env);
  return {
    home: lookAt(paths.home),
    passphrase: {
      ...lookAt(paths.passphraseFile),
      empty: isEmpty(paths.passphraseFile),
      overridden: (env.PULUMI_CONFIG_PASSPHRASE ?? "") !== "",
    },
    backend: backend === null ? { url: env.ASTRATRADE_BACKEND_URL ?? "" } : lookAt(backend),
  };
}

/** The folder of a `file://` backend; null for others. Pulumi takes `~` and relative paths too. */
export function backendFolder({ state }: Pick<Paths, "state">, env: Env): string | null {
  const url = env.ASTRATRADE_BACKEND_URL ?? "";
  if (url === "") return state;
  if (!url.startsWith("file://")) return null;
  const rest = url.slice("file://".length);
  if (rest.startsWith("~")) return join(homedir(), rest.slice(1));
  return rest.startsWith("/") ? fileURLToPath(url) : resolve(repositoryRoot, rest);
}

function lookAt(path: string): FileLook {
  try {
    return { path, mode: statSync(path).mode & 0o777, writable: mayWrite(path) };
  } catch {
    return { path, mode: null, writable: mayWrite(nearestParent(path)) };
  }
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function nearestParent(path: string): string {
  const parent = dirname(path);
  try {
    statSync(parent);
    return parent;
  } catch {
    return parent === path ? path : nearestParent(parent);
  }
}

/** A file that cannot be read is not known to be empty. */
function isEmpty(path: string): boolean {
  try {
    return readFileSync(path, "utf8").trim() === "";
  } catch {
    return false;
  }
}
