import { mkdir } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startBacking } from "./backing.ts";
import { installDebian } from "./debian.ts";
import { installLoad } from "./load.ts";
import { peers } from "./peers.ts";
import { runRound } from "./round.ts";

const { values } = parseArgs({
  options: {
    peers: { type: "string", default: peers.map(({ name }) => name).join(",") },
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "8" },
  },
});
const cache = {
  dir: join(homedir(), ".cache", "astratrade", "bench"),
  peersDir: join(import.meta.dirname, "peers"),
};
const workDir = join(tmpdir(), `astratrade-bench-${process.pid}`);
const chosen = peers.filter(({ name }) => values.peers.split(",").includes(name));
await mkdir(cache.dir, { recursive: true });
await installDebian(cache);
await installLoad(cache);
for (const peer of chosen) await peer.install(cache);
const backing = await startBacking(cache, workDir);
const limits = { cpus: 1, memoryMb: 512 };
const ms = Number(values.seconds) * 1000;
for (let round = 1; round <= Number(values.rounds); round += 1) {
  for (const peer of chosen) {
    const result = await runRound(
      peer,
      round,
      { warmUpMs: ms / 2, closedMs: ms, openMs: ms },
      { cache, backing, limits, workDir },
    );
    console.log(
      round,
      peer.name,
      `${result.cpuUsPerRequest.toFixed(1)} us/req`,
      `${result.requestsPerSecond.toFixed(0)} req/s`,
      `p50 ${result.closed.p50Ms} p99 ${result.closed.p99Ms}`,
      `open p99 ${result.open.p99Ms} late ${result.open.lateP99Ms}`,
      `${result.memoryMb.toFixed(0)} MiB, gen ${((result.closed.ownCpuMs * 1000) / result.closed.requests).toFixed(1)} us`,
    );
  }
}
await backing.stop();
