import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { repositoryRoot } from "../../paths.ts";
import { kinds } from "./kinds.ts";

/** Where the results are kept; the file is committed. */
export const resultsFile = join(repositoryRoot, "bench", "results", "interruptions.json");

const round = z.object({
  seed: z.int(),
  kind: z.enum(kinds),
  change: z.string(),
  momentMs: z.number(),
  step: z.string(),
  exitCode: z.number().nullable(),
  repaired: z.string(),
  secondsToGood: z.number(),
  /** What it was run with. */
  versions: z.record(z.string(), z.string()),
  date: z.iso.datetime(),
});

const results = z.object({ schemaVersion: z.literal(1), rounds: z.array(round) });

export type Result = z.infer<typeof round>;

export function readResults(file: string = resultsFile): readonly Result[] {
  if (!existsSync(file)) return [];
  return results.parse(JSON.parse(readFileSync(file, "utf8"))).rounds;
}

/** Adds a result; an earlier one of the same seed gives way. Sorted by seed, in the repository's format. */
export function addResult(result: Result, file: string = resultsFile): void {
  const others = readResults(file).filter(({ seed }) => seed !== result.seed);
  const rounds = [...others, result].sort((a, b) => a.seed - b.seed);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, `${JSON.stringify({ schemaVersion: 1, rounds }, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

/** Keeps everything that a failed round has printed. */
export function keepFailure(seed: number, text: string, file: string = resultsFile): string {
  const folder = join(dirname(file), "interruptions-failed");
  mkdirSync(folder, { recursive: true });
  const log = join(folder, `seed-${seed}.txt`);
  writeFileSync(log, text);
  return log;
}

/**
 * The seeds of a long run. `ASTRATRADE_LONG_SEEDS` gives other ones, as `7`, `1-50` or `1-3,8`; with
 * `ASTRATRADE_LONG_RESUME=1` those that have a result already are left out.
 */
export function chooseSeeds(
  env: Readonly<Record<string, string | undefined>>,
  done: readonly Pick<Result, "seed">[],
): number[] {
  const ranges = (env.ASTRATRADE_LONG_SEEDS ?? "1-50").split(",");
  const seeds = ranges.flatMap((range) => {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? [];
    if (first === undefined) {
      throw new Error(
        `ASTRATRADE_LONG_SEEDS has "${range}"; expected seeds or ranges, such as 7 or 1-50 or 1-3,8.`,
      );
    }
    const length = Math.max(0, Number(last) - Number(first) + 1);
    return Array.from({ length }, (_, index) => Number(first) + index);
  });
  if (env.ASTRATRADE_LONG_RESUME !== "1") return seeds;
  const known = new Set(done.map(({ seed }) => seed));
  return seeds.filter((seed) => !known.has(seed));
}
