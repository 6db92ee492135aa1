import type Docker from "dockerode";
import { officialImages, type BaseImageName } from "../../catalog/images.ts";

/**
 * The image a test runs: the official one where the engine has it, otherwise the replacement.
 * @throws Error when the engine has neither
 */
export async function findImage(engine: Docker, name: BaseImageName): Promise<string> {
  const { ref } = officialImages[name];
  const tags = (await engine.listImages()).flatMap(
    ({ RepoTags: repoTags }) => (repoTags as string[] | null) ?? [],
  );
  const found = tags.find((tag) => tag === ref) ?? tags.find((tag) => isReplacement(tag, name));
  if (found !== undefined) return found;
  throw new Error(`The engine has no image for ${name}: run \`npm run setup\` first.`);
}

function isReplacement(tag: string, name: BaseImageName): boolean {
  return tag.startsWith(`astratrade-airgap/${name}:`);
}
