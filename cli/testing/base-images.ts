import type Docker from "dockerode";
import { officialImages } from "../../catalog/images.ts";

/**
 * The base images that an engine has: of each name the official one where it is there, or else the newest of those made
 * from Debian packages. A set-up on an engine that was given these finds all it needs.
 */
export async function baseImagesOf(docker: Docker): Promise<string[]> {
  const images = (await docker.listImages()).sort((a, b) => b.Created - a.Created);
  const tags = images.flatMap(({ RepoTags }) => RepoTags ?? []);
  return Object.entries(officialImages).flatMap(([name, { ref }]) => {
    const found = tags.includes(ref)
      ? ref
      : tags.find((tag) => tag.startsWith(`astratrade-airgap/${name}:`));
    return found ?? [];
  });
}
