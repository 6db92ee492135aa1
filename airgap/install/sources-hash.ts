import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * A digest of all that goes into a plugin, to know without building it whether an installed one is
 * current: the TypeScript files of its folders and of the installer, the lock file (which stands for
 * the packages), and the words in `also`.
 *
 * @param airgapDir the `airgap` folder; the lock file is beside it
 */
export function hashSources(
  airgapDir: string,
  folders: readonly string[],
  also: readonly string[],
): string {
  const hash = createHash("sha256");
  const add = (name: string, content: string | Buffer) => {
    hash.update(`${name}\0`).update(createHash("sha256").update(content).digest());
  };
  for (const file of [...folders, "install"].flatMap((folder) => listSources(airgapDir, folder))) {
    add(file, readFileSync(join(airgapDir, file)));
  }
  add("package-lock.json", readFileSync(join(airgapDir, "..", "package-lock.json")));
  also.forEach((word, index) => add(String(index), word));
  return hash.digest("hex");
}

function listSources(airgapDir: string, folder: string): string[] {
  return readdirSync(join(airgapDir, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .sort()
    .map((file) => `${folder}/${file}`);
}
