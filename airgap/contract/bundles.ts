import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundlePlugin } from "../plugin/bundle.ts";

/** The plugins as they are installed: one file each. */
export interface Bundles {
  readonly docker: string;
  readonly random: string;
  readonly languageHost: string;
}

/** Bundles both providers and the language host into a folder. */
export async function bundleProviders(folder: string): Promise<Bundles> {
  const bundle = async (name: string): Promise<string> => {
    const outfile = join(folder, `${name}.mjs`);
    await bundlePlugin(fileURLToPath(new URL(`../${name}/main.ts`, import.meta.url)), outfile);
    return outfile;
  };
  const [docker, random, languageHost] = await Promise.all(
    ["docker", "random", "language-nodejs"].map(bundle),
  );
  return { docker: docker ?? "", random: random ?? "", languageHost: languageHost ?? "" };
}
