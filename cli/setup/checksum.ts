import { basename } from "node:path/posix";

/**
 * Finds a file's SHA-256 in a list as `sha256sum` writes it, or in a text that is nothing but the sum.
 *
 * @returns the sum in lower case; undefined when the text has none for this file
 */
export function checksumFor(url: string, text: string): string | undefined {
  const name = basename(new URL(url).pathname);
  const alone = /^\s*([0-9a-f]{64})\s*$/i.exec(text)?.[1];
  if (alone !== undefined) return alone.toLowerCase();
  for (const line of text.split("\n")) {
    const [, sum, file] = /^([0-9a-f]{64})\s+\*?(\S+)\s*$/i.exec(line) ?? [];
    if (sum !== undefined && file !== undefined && basename(file) === name)
      return sum.toLowerCase();
  }
  return undefined;
}
