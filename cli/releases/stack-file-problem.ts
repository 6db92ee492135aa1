import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { repositoryRoot } from "../paths.ts";

/**
 * Says what keeps Pulumi from working on a stack at all. A rollback needs none of the settings, but Pulumi reads the file
 * before anything else, so it has to be there and to be YAML.
 * @param root the clone
 * @returns a sentence with the way out, or null
 */
export function stackFileProblem(stack: string, root: string = repositoryRoot): string | null {
  const file = `Pulumi.${stack}.yaml`;
  const way = "Pulumi reads it before anything else";
  let text: string;
  try {
    text = readFileSync(join(root, file), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return (
      `${file} is not in this clone, and ${way}: bring it back (\`git checkout -- ${file}\`), ` +
      "or make it with the one line `config: {}`"
    );
  }
  try {
    parse(text);
    return null;
  } catch (error) {
    const [problem] = (error as Error).message.split("\n");
    return `${file} is no valid YAML, and ${way}: mend it, or \`git checkout -- ${file}\` (${problem})`;
  }
}
