import { setTimeout as sleep } from "node:timers/promises";
import type { Bench } from "./bench.ts";
import { startPeer } from "./measure.ts";
import { ours } from "./peers/ours.ts";
import { renderMachine, writeResult } from "./report.ts";
import { answered } from "./round.ts";
import { type SelfTime, selfTimes } from "./self-times.ts";
import { markdownTable } from "./table.ts";

const warmUpMs = 3000;
const seconds = 5;
const shown = 45;

/** Asks our gateway's admin port for a profile under the closed loop, and writes the functions that take most. */
export async function writeProfile(bench: Bench): Promise<void> {
  await bench.backing.flush();
  const running = await startPeer(ours, bench);
  try {
    const load = running.load({ durationMs: warmUpMs + seconds * 1000, userPrefix: "profile" });
    await sleep(warmUpMs);
    const url = `http://127.0.0.1:${running.adminPort}/profile?seconds=${seconds}`;
    const answer = await fetch(url, { signal: AbortSignal.timeout(seconds * 1000 + 30_000) });
    if (!answer.ok) throw new Error(`${url} answered ${answer.status}.`);
    const times = selfTimes(await answer.text());
    const head = `${answered(await load)} requests, ${seconds} s of them profiled by V8's sampling profiler (which slows the process). Share of the time in which the process was busy:`;
    await writeResult(
      "gateway-profile.md",
      `# Where our gateway spends its time\n\n${head}\n\n${renderTimes(times)}\n\n${renderMachine(bench.machine)}\n`,
    );
  } finally {
    await running.stop();
  }
}

function renderTimes(times: readonly SelfTime[]): string {
  return markdownTable(
    ["share", "function itself"],
    times.slice(0, shown).map(({ what, share }) => [`${(share * 100).toFixed(1)} %`, what]),
  );
}
