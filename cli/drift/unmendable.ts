import { createHash } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Paths } from "../paths.ts";
import { writeJsonFile } from "../whole-file.ts";
import type { DriftItem } from "./drift-item.ts";

const schema = z.strictObject({ schemaVersion: z.literal(1), differences: z.array(z.string()) });

/**
 * Differences that were still there after a deploy had mended them, such as a value that this engine writes its own way,
 * are left as they are: a container must not be replaced in every deploy for nothing.
 */
export function leaveUnmendable(
  paths: Pick<Paths, "home">,
  stack: string,
  items: readonly DriftItem[],
): DriftItem[] {
  const known = new Set(read(fileOf(paths, stack)));
  return items.map((item) =>
    canLast(item) && known.has(fingerprint(item)) ? { ...item, mend: "none" } : item,
  );
}

/**
 * Takes note of what a deploy has not mended.
 * @param remaining found right after the deploy
 */
export function rememberUnmendable(
  paths: Pick<Paths, "home">,
  stack: string,
  remaining: readonly DriftItem[],
): void {
  const file = fileOf(paths, stack);
  const lasting = remaining.filter(canLast);
  if (lasting.length === 0) {
    rmSync(file, { force: true });
    return;
  }
  const differences = lasting.map(fingerprint).sort();
  writeJsonFile(file, { schemaVersion: 1, differences });
}

/** What people or a crash have done between deploy and look is no trait of the engine. */
function canLast({ mend, property }: DriftItem): boolean {
  return (
    (mend === "update" || mend === "replace") &&
    !["state", "name", "container", "network"].includes(property)
  );
}

function fileOf({ home }: Pick<Paths, "home">, stack: string): string {
  return join(home, "drift", `${stack}.json`);
}

/** Both values are in it, so that another change of the same property is found again. */
function fingerprint({ urn, property, expected, actual }: DriftItem): string {
  return createHash("sha256")
    .update(JSON.stringify([urn, property, expected, actual]))
    .digest("hex");
}

/** A file that nobody can read costs one replacement, and is written anew. */
function read(file: string): readonly string[] {
  try {
    return schema.parse(JSON.parse(readFileSync(file, "utf8"))).differences;
  } catch {
    return [];
  }
}
