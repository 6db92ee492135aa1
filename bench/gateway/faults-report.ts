import type { Bench } from "./bench.ts";
import type { FaultResult } from "./faults.ts";
import { renderMachine, writeResult } from "./report.ts";
import { digits, markdownTable } from "./table.ts";
import type { Stretch } from "./trace.ts";
import type { WindowResult } from "./windows.ts";

/** What is written about faults and windows. A part that did not run is an empty list. */
export interface Faults {
  readonly windows: readonly WindowResult[];
  readonly faults: readonly FaultResult[];
}

export async function writeFaults({ machine }: Bench, results: Faults): Promise<void> {
  const data = { schemaVersion: 1, machine, ...results };
  await writeResult("gateway-faults.json", `${JSON.stringify(data, null, 1)}\n`);
  const text = `${renderFaults(results)}\n${renderMachine(machine)}\n`;
  await writeResult("gateway-faults.md", text);
}

export function renderFaults({ windows, faults }: Faults): string {
  return [
    "# Gateways when something is broken, and at the edges of a minute",
    "",
    "200 requests a second at fixed times. Redis frozen: SIGSTOP for 10 s, requests due in that time. Service dead: its only instance killed for 5 s, requests due in that time; then how long after its first own answer the last bad one was due.",
    "",
    markdownTable(
      [
        "gateway",
        "Redis frozen: answers",
        "p95 ms",
        "service dead: answers",
        "p95 ms",
        "last bad answer after its return",
      ],
      faults.map(({ title, frozen, dead, lastBadMs }) => [
        title,
        frozen === null ? "needs no Redis" : answers(frozen),
        frozen === null ? "–" : digits(frozen.p95Ms),
        answers(dead),
        digits(dead.p95Ms),
        lastBadMs === null ? "none" : `${digits(lastBadMs / 1000)} s`,
      ]),
    ),
    "",
    "One user asks once, 199 times from second 57 on, 200 times from second 61 on. 200 in any 60 s are allowed, and none of the first 200 may be refused.",
    "",
    markdownTable(
      ["gateway", "admitted within 60 s", "refused too early"],
      windows.map(({ title, admitted, refusedTooEarly }) => [
        title,
        String(admitted),
        String(refusedTooEarly),
      ]),
    ),
    "",
  ].join("\n");
}

/** "200: 1,990, timeout: 10" */
function answers({ statuses }: Stretch): string {
  return Object.entries(statuses)
    .map(([status, count]) => `${status}: ${count.toLocaleString("en-US")}`)
    .join(", ");
}
