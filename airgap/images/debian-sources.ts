import { runProgram } from "./run-program.ts";

export const suite = "bookworm";

/**
 * The package sources to make images from: this machine's own mirrors of the suite, since behind a wall there may be no
 * others.
 *
 * @returns lines of a sources.list; undefined where the machine runs another release, or has no package lists yet
 */
export async function debianSources(): Promise<string | undefined> {
  const format = "$(ORIGIN)|$(CODENAME)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)";
  const targets = await runProgram(
    "apt-get",
    ["indextargets", "--format", format, "Created-By: Packages"],
    { timeoutMs: 30_000 },
  ).catch(() => ({ stdout: "" }));
  return sourcesFrom(targets.stdout);
}

/** Turns `apt-get indextargets` into lines of a sources.list; sources of third parties are left out. */
export function sourcesFrom(indexTargets: string): string | undefined {
  const components = new Map<string, string[]>();
  for (const line of indexTargets.split("\n")) {
    const [origin, codename, uri, release, component] = line.split("|");
    if (origin !== "Debian" || codename === undefined || component === undefined) continue;
    if (codename !== suite && !codename.startsWith(`${suite}-`)) continue;
    const source = `deb ${uri ?? ""} ${release ?? ""}`;
    components.set(source, [...new Set([...(components.get(source) ?? []), component])]);
  }
  if (components.size === 0) return undefined;
  return [...components].map(([source, names]) => `${source} ${names.join(" ")}\n`).join("");
}
