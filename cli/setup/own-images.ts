import type Docker from "dockerode";
import { ConfigError, type StackConfig } from "../../topology/stack-config.ts";
import { pullImage, type PullDeadlines } from "./pull-image.ts";

/**
 * Sees to it that the engine has the images that a stack names itself. A container is deleted before it is replaced, so an
 * image that cannot be had must be found out before.
 *
 * @throws ConfigError with every image that is neither there nor can be pulled
 */
export async function requireOwnImages(
  docker: Docker,
  { images }: Pick<StackConfig, "images">,
  report: (text: string) => void,
  deadlines: PullDeadlines = {},
): Promise<void> {
  const problems: string[] = [];
  for (const [name, ref] of Object.entries(images)) {
    if (ref === undefined || (await isPresent(docker, ref))) continue;
    const pulled = await pullImage(docker, ref, report, deadlines);
    if (pulled.ok) continue;
    problems.push(
      `astratrade:images.${name} is "${ref}": the engine does not have it and cannot pull it (${pulled.reason})`,
    );
  }
  if (problems.length > 0) throw new ConfigError("Images that the stack names:", problems);
}

async function isPresent(docker: Docker, ref: string): Promise<boolean> {
  try {
    await docker.getImage(ref).inspect();
    return true;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return false;
    throw error;
  }
}
