import { runDocker } from "./run-docker.ts";

/** The image that every container of the scenarios comes from, directly or by a build. */
export const BASE_IMAGE = "contract/base:1";

const BUILT_IMAGES = ["contract/app:1", "contract/app:2", "contract/bad:1"];

const CONTAINERS = ["ct-c", "ct-other"];

const NETWORKS = ["ct-net"];

const VOLUMES = ["ct-vol", "ct-keep"];

/**
 * Removes what a scenario leaves on the engine, or an earlier run that was interrupted: by the names
 * that the recordings use, and containers with made-up names by their image. Nothing else on the
 * engine is touched.
 */
export async function removeLeftovers(): Promise<void> {
  const images = [BASE_IMAGE, ...BUILT_IMAGES].flatMap((image) => [
    "--filter",
    `ancestor=${image}`,
  ]);
  const ofOurImages = await runDocker("ps", "--all", "--quiet", ...images);
  for (const container of [...CONTAINERS, ...ofOurImages])
    await attempt("rm", "--force", "--volumes", container);
  for (const network of NETWORKS) await attempt("network", "rm", network);
  for (const volume of VOLUMES) await attempt("volume", "rm", volume);
  for (const image of BUILT_IMAGES) await attempt("rmi", image);
}

/** Not being there is what is wanted. */
async function attempt(...args: readonly string[]): Promise<void> {
  await runDocker(...args).catch((error: unknown) => {
    const message = String(error);
    if (!/no such|not found/i.test(message)) throw error;
  });
}
