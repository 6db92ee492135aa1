import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { type MachineFacts, parseMachineFacts } from "../../topology/machine-facts.ts";
import type { Paths } from "../paths.ts";

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
  mkdirSync(dirname(machineFacts), { recursive: true, mode: 0o700 });
  const draft = `${machineFacts}.${randomUUID()}`;
  writeFileSync(draft, `${JSON.stringify(facts, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(draft, machineFacts);
}
