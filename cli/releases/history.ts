import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Paths } from "../paths.ts";
import { releaseSchema, type Release } from "./release.ts";
import { writeWholeFile } from "../whole-file.ts";

/** What is kept of a release that was pruned: who deployed what, and when. */
const prunedSchema = releaseSchema.pick({
  number: true,
  time: true,
  operator: true,
  source: true,
  trigger: true,
  verdict: true,
  image: true,
});
export type PrunedRelease = Readonly<z.infer<typeof prunedSchema>>;

/** Some 300 KB; at ten releases a day a hundred days. */
const keepLines = 1000;

/**
 * Reads what is left of pruned releases, oldest first. A line that is damaged is left out: nothing is deployed from it.
 */
export function readHistory(home: Pick<Paths, "releases">, stack: string): PrunedRelease[] {
  return readText(historyFile(home, stack))
    .split("\n")
    .flatMap((line) => {
      const parsed = prunedSchema.safeParse(parseJson(line));
      return parsed.success ? [parsed.data] : [];
    });
}

/** Adds a line for a release that is about to be pruned; one that has its line already gets no second. */
export function addToHistory(home: Pick<Paths, "releases">, release: Release): void {
  const { number, time, operator, source, trigger, verdict, image } = release;
  const line = { number, time, operator, source, trigger, verdict, image };
  const others = readHistory(home, release.stack).filter((it) => it.number !== number);
  const lines = [...others, line].slice(-keepLines).map((it) => `${JSON.stringify(it)}\n`);
  writeWholeFile(historyFile(home, release.stack), lines.join(""));
}

/** One JSON object a line. */
function historyFile({ releases }: Pick<Paths, "releases">, stack: string): string {
  return join(releases, stack, "history.jsonl");
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
