import { parseArgs } from "node:util";
import { openBench } from "./bench.ts";
import { testFaults } from "./faults.ts";
import { writeFaults } from "./faults-report.ts";
import { install } from "./install.ts";
import { peers } from "./peers.ts";
import { writeProfile } from "./profile.ts";
import { runRounds } from "./rounds.ts";
import { testWindows } from "./windows.ts";

/** Parts of the benchmark, in the order in which they run. */
const parts = ["rounds", "windows", "faults", "profile"] as const;

const { values } = parseArgs({
  options: {
    /** Only fetch and build what the peers need. */
    install: { type: "boolean", default: false },
    peers: { type: "string", default: peers.map(({ name }) => name).join(",") },
    parts: { type: "string", default: parts.join(",") },
    rounds: { type: "string", default: "5" },
    /** Length of each measurement. */
    seconds: { type: "string", default: "8" },
  },
});

const chosen = named(values.peers, peers, ({ name }) => name);
const wanted = named(values.parts, parts, (name) => name);
await install(chosen);
if (!values.install) {
  await using bench = await openBench();
  const rounds = { rounds: Number(values.rounds), ms: Number(values.seconds) * 1000 };
  if (wanted.includes("rounds")) await runRounds(bench, chosen, rounds);
  const windows = wanted.includes("windows") ? await testWindows(bench, chosen) : [];
  const faults = wanted.includes("faults") ? await testFaults(bench, chosen) : [];
  if (windows.length + faults.length > 0) await writeFaults(bench, { windows, faults });
  if (wanted.includes("profile")) await writeProfile(bench);
}

/** @throws Error naming what is unknown, and what there is */
function named<Item>(list: string, items: readonly Item[], name: (item: Item) => string): Item[] {
  return list.split(",").map((word) => {
    const found = items.find((item) => name(item) === word);
    if (found !== undefined) return found;
    throw new Error(`There is no "${word}" among ${items.map(name).join(", ")}.`);
  });
}
