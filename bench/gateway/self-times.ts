import { z } from "zod";

/** What V8's sampling profiler writes. */
const cpuProfileSchema = z.object({
  nodes: z.array(
    z.object({
      id: z.int(),
      callFrame: z.object({ functionName: z.string(), url: z.string(), lineNumber: z.int() }),
    }),
  ),
  samples: z.array(z.int()),
  timeDeltas: z.array(z.number()),
});

export interface SelfTime {
  /** Name, file and line. */
  readonly what: string;
  /** Of the time in which the process did something. */
  readonly share: number;
}

/**
 * Time spent in each function itself, without what it calls, most first. Waiting is left out.
 * @param json text of a `.cpuprofile` file
 */
export function selfTimes(json: string): SelfTime[] {
  const { nodes, samples, timeDeltas } = cpuProfileSchema.parse(JSON.parse(json));
  const names = new Map(nodes.map(({ id, callFrame }) => [id, describe(callFrame)]));
  const times = new Map<string, number>();
  let total = 0;
  for (const [index, id] of samples.entries()) {
    const what = names.get(id) ?? "?";
    if (what === "(idle)") continue;
    const us = timeDeltas[index] ?? 0;
    times.set(what, (times.get(what) ?? 0) + us);
    total += us;
  }
  return [...times]
    .map(([what, us]) => ({ what, share: us / total }))
    .sort((a, b) => b.share - a.share);
}

function describe(frame: {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}): string {
  const name = frame.functionName === "" ? "(anonymous)" : frame.functionName;
  if (frame.url === "") return name;
  const file = frame.url.replace(/^.*\/app\//, "").replace(/^.*\/node_modules\//, "");
  return `${name} ${file}:${frame.lineNumber + 1}`;
}
