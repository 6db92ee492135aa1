import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bench } from "./bench.ts";
import { renderMachine, writeResult } from "./report.ts";
import type { Program } from "./peer.ts";
import { ours } from "./peers/ours.ts";
import { answered } from "./round.ts";
import { selfTimes } from "./self-times.ts";
import { type StartOptions, startPeer } from "./measure.ts";
import { waitFor } from "./process.ts";

/** Writes the profile into the results. */
export async function writeProfile(bench: Bench, durationMs: number): Promise<void> {
  const text = await profileOurs(bench, durationMs);
  const head = "# Where our gateway spends its time\n\n";
  await writeResult("gateway-profile.md", `${head}${text}\n${renderMachine(bench.machine)}\n`);
}

/**
 * Where our gateway spends its time under the closed loop: the functions that take most, by V8's own profiler.
 * @returns Markdown
 */
export async function profileOurs(options: StartOptions, durationMs: number): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "astratrade-profile-"));
  const profiled = {
    ...ours,
    configure: async (setup: Parameters<typeof ours.configure>[0]): Promise<Program[]> =>
      (await ours.configure(setup)).map((program) => ({
        ...program,
        args: ["--cpu-prof", `--cpu-prof-dir=${dir}`, "--cpu-prof-interval=500", ...program.args],
      })),
  };
  await options.backing.flush();
  const running = await startPeer(profiled, options);
  try {
    const result = await running.load({ durationMs, userPrefix: "profile" });
    for (const pid of running.pids) process.kill(pid, "SIGTERM");
    await waitFor(async () => (await readdir(dir)).length > 0, {
      what: () => "the profile is there",
    });
    const [file = ""] = await readdir(dir);
    await waitFor(async () => (await readFile(join(dir, file), "utf8")).endsWith("}"), {
      what: () => "the profile is whole",
    });
    const times = selfTimes(await readFile(join(dir, file), "utf8"));
    return [
      `${answered(result)} requests. Share of the time in which the process was busy:`,
      "",
      "| share | function itself |",
      "| --- | --- |",
      ...times.slice(0, 45).map(({ what, share }) => `| ${(share * 100).toFixed(1)} % | ${what} |`),
      "",
    ].join("\n");
  } finally {
    await running.stop();
    await rm(dir, { recursive: true, force: true });
  }
}
