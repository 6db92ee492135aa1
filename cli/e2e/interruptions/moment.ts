import type { Kind } from "./kinds.ts";

/** When a deploy is hit: so long after one of its steps has begun. */
export interface Moment {
  /** Beginning of the step's title. */
  readonly step: string;
  readonly afterMs: number;
}

/** Steps of a deploy by the beginnings of their titles, and how often each is drawn. Most is at stake in the third. */
const weights = [
  ["Docker engine", 1],
  ["Preview", 2],
  ["Deploy", 8],
  ["Validate", 1],
] as const;

/** These run only while Pulumi does. */
const pulumiOnly: readonly Kind[] = ["provider", "language-host", "pulumi"];

/**
 * Draws a moment. It is counted from the beginning of a step, since on a busy machine the same step begins at very
 * different times.
 * @param lastDeploy what the last whole deploy has printed: it tells how long each step takes
 */
export function drawMoment(random: () => number, kind: Kind, lastDeploy: string): Moment {
  const possible = weights.filter(
    ([step]) => !pulumiOnly.includes(kind) || step === "Preview" || step === "Deploy",
  );
  const total = possible.reduce((sum, [, weight]) => sum + weight, 0);
  let drawn = random() * total;
  const [step] = possible.find(([, weight]) => (drawn -= weight) < 0) ?? ["Deploy"];
  return { step, afterMs: Math.round(random() * durationOf(step, lastDeploy)) };
}

/** How long a step took, in milliseconds; a second where it is not told, or took less. */
function durationOf(step: string, text: string): number {
  const lines = text.split("\n");
  const at = lines.findIndex((line) => line.startsWith(`- ${step}`));
  const result = lines.slice(at + 1).find((line) => /^ {2}done in/.test(line)) ?? "";
  const seconds = at < 0 ? undefined : /^ {2}done in ([\d.]+) s/.exec(result)?.[1];
  return Math.max(1_000, Number(seconds ?? 1) * 1000);
}
