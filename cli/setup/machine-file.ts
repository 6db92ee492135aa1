import { readFileSync } from "node:fs";
import { type MachineFacts, parseMachineFacts } from "../../topology/machine-facts.ts";
import type { Paths } from "../paths.ts";
import { writeJsonFile } from "../whole-file.ts";

/**
 * Reads what an earlier set-up wrote.
 *
 * @returns undefined when there is no file, or one of another version of this program, which set-up then replaces
 */
export function readEarlierFacts({
  machineFacts,
}: Pick<Paths, "machineFacts">): MachineFacts | undefined {
  try {
    return parseMachineFacts(JSON.parse(readFileSync(machineFacts, "utf8")));
  } catch {
    return undefined;
  }
}

/** Writes the file as a whole: whoever reads it meanwhile gets the old one. */
export function writeFacts(
  { machineFacts }: Pick<Paths, "machineFacts">,
  facts: MachineFacts,
): void {
  writeJsonFile(machineFacts, facts);
}
