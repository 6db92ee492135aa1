import { existsSync, readFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import type { Target } from "./targets.ts";
import { isWrapper } from "./wrapper.ts";

/** Says of a plugin's folder that it is ours, and what it was made from. */
export interface Marker {
  readonly kind: "fallback";
  readonly name: string;
  readonly version: string;
  readonly builtFrom: string;
}

const MARKER = "fallback.json";

/** The bundle's name in a plugin's folder. */
export const BUNDLE = "main.mjs";

/** What is installed in a plugin's place. */
export type Installed =
  | { readonly state: "nothing" }
  /** Not made by us, and so not to be touched. */
  | { readonly state: "official" }
  | { readonly state: "fallback"; readonly builtFrom: string };

/** Looks at a plugin's place. A place of ours that is incomplete counts as nothing. */
export function inspectPlace({ kind, folder, executable }: Target): Installed {
  const isOurs = existsSync(join(folder, MARKER));
  if (kind === "resource" && existsSync(folder) && !isOurs) return { state: "official" };
  if (!existsSync(executable)) return { state: "nothing" };
  if (!isWrapper(readFileSync(executable, "latin1"))) return { state: "official" };
  if (!isOurs || !existsSync(join(folder, BUNDLE))) return { state: "nothing" };
  const marker = JSON.parse(readFileSync(join(folder, MARKER), "utf8")) as Marker;
  return { state: "fallback", builtFrom: marker.builtFrom };
}

export interface Making {
  /** Writes the bundle to a path. */
  readonly bundle: (outfile: string) => Promise<void>;
  readonly wrapper: string;
  readonly marker: Marker;
  /** Gets the executable, and the bundle, before they are moved; throws to call it off. */
  readonly tryOut: (executable: string, bundle: string) => Promise<void>;
}

/**
 * Makes a plugin and puts it in its place. All of it is written aside, tried there, and then moved: a
 * new plugin by one rename of its folder, a newer one over an older file by file, with the marker
 * last, so that whatever interrupts it leaves a plugin that works, or a place that the next run fills
 * again.
 */
export async function putInPlace(target: Target, making: Making): Promise<void> {
  const parent = dirname(target.folder);
  await mkdir(parent, { recursive: true });
  const aside = await mkdtemp(join(parent, `.${target.kind}-${target.name}-`));
  try {
    const folder = join(aside, basename(target.folder));
    const executable = join(aside, relative(parent, target.executable));
    await mkdir(folder);
    await making.bundle(join(folder, BUNDLE));
    await writeFile(join(folder, MARKER), `${JSON.stringify(making.marker, null, 2)}\n`);
    await writeFile(executable, making.wrapper);
    await chmod(executable, 0o755);
    await making.tryOut(executable, join(folder, BUNDLE));
    if (dirname(executable) !== folder) await rename(executable, target.executable);
    await moveFolder(folder, target.folder);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

async function moveFolder(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
    const names = (await readdir(from)).filter((name) => name !== MARKER);
    for (const name of [...names, MARKER]) await rename(join(from, name), join(to, name));
  }
}
