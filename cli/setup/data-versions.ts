import { readFileSync } from "node:fs";
import { z } from "zod";
import { UserError } from "./user-error.ts";

const dataVersions = z.record(z.string(), z.string().regex(/^\d+(\.\d+)*$/));

/** The newest version of the program that has opened each volume, by the volume's name. */
export type DataVersions = Readonly<Record<string, string>>;

/**
 * Says why an image must not open a volume: its program is older than one that has written there. A newer Redis writes
 * a format that an older one refuses to load, or worse, takes for damaged.
 *
 * @param volume the volume's name
 * @param recorded what is known of all volumes; a volume that is not among them is new
 * @param imageVersion version of the program in the image, as in 7.0.15; a shorter one, 7.2, stands for all of its series
 * @returns a sentence, and one with the way out; undefined when the image may open it
 */
export function olderDataFormat(
  volume: string,
  recorded: DataVersions,
  imageVersion: string,
): { readonly problem: string; readonly wayOut: string } | undefined {
  const written = recorded[volume];
  if (written === undefined || !isOlder(imageVersion, written)) return undefined;
  return {
    problem: `The volume ${volume} was last written by version ${written}; the image at hand has ${imageVersion}, which may not read it.`,
    wayOut:
      "Set up the newer image again (`npm run setup -- --refresh`, or `docker load`), or restore a backup made with the " +
      "older version into a new volume.",
  };
}

/** The same in one text, for a command that stops on it. */
export function refuseOlderDataFormat(
  ...question: Parameters<typeof olderDataFormat>
): string | undefined {
  const found = olderDataFormat(...question);
  return found && `${found.problem} Nothing was changed. ${found.wayOut}`;
}

/** Gives the record for when an image opens a volume: noted before the deploy, which may open it and fail all the same. */
export function recordDataVersion(
  recorded: DataVersions,
  volume: string,
  imageVersion: string,
): DataVersions {
  const written = recorded[volume];
  const newest = written !== undefined && isOlder(imageVersion, written) ? written : imageVersion;
  return { ...recorded, [volume]: newest };
}

/**
 * Reads the record; no file means that no volume was written yet.
 *
 * @throws UserError when the file is damaged: taking it for empty would let an older image at newer data
 */
export function readDataVersions(path: string): DataVersions {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
  try {
    return dataVersions.parse(JSON.parse(text));
  } catch (error) {
    throw new UserError(
      `${path} does not hold the data version of each volume any more; mend it or, if you know that no newer version ` +
        "has written to your volumes, delete it.",
      undefined,
      { cause: error },
    );
  }
}

/** Data formats change between series (7.0, 7.2), not within: only the first two numbers count. */
export function isOlder(version: string, than: string): boolean {
  const [left, right] = [version, than].map((text) => text.split(".").map(Number));
  for (let index = 0; index < 2; index += 1) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
