import type { DiskLook, DiskUse } from "../facts.ts";
import type { Finding } from "../finding.ts";
import { defineGroup } from "../group.ts";
import { inGib, list } from "../words.ts";

const mib = 1024 * 1024;

/**
 * Free bytes below which a deploy is refused, or warned of.
 *
 * engine: a build adds the runtime image (170 MB), ten containers log up to 30 MB each, and Redis rewrites its append-only
 * file of up to 300 MB beside the old one: a full disk then stops writes, hence 1 GiB. Releases keep five images, official
 * base images take 1.3 GB, Prometheus keeps 15 days: 5 GiB.
 * home: state and releases, below 1 MB a deploy; half a state file is a lost stack. clone: reports of 100 KB a run.
 */
const bounds: Readonly<Record<DiskUse, { readonly refuse: number; readonly warn: number }>> = {
  engine: { refuse: 1024 * mib, warn: 5 * 1024 * mib },
  home: { refuse: 100 * mib, warn: 1024 * mib },
  clone: { refuse: 50 * mib, warn: 500 * mib },
};
/** A build unpacks some thousand files. */
const leastFreeFiles = 20_000;

const words: Readonly<Record<DiskUse, string>> = {
  engine: "the engine's data",
  home: "the home folder",
  clone: "the clone",
};

const remedies: Readonly<Record<DiskUse, string>> = {
  engine:
    "`docker system df` shows what the engine keeps; `docker image prune` and `docker builder prune` free some of it.",
  home: "Free some of it, or move the home with ASTRATRADE_HOME.",
  clone: "Free some of it; old reports are in reports/.",
};

/** Whether disks have room: for the engine's data, for the home with Pulumi's state, and for the clone. */
export const disk = defineGroup({
  name: "disk",
  kinds: {
    room: { severity: "passed", meaning: "There is room." },
    full: {
      severity: "refusal",
      meaning:
        "Less than 1 GiB is free for the engine's data, 100 MiB for the home, or 50 MiB for the clone.",
      remedy: "Free some: `docker system df`, `docker image prune`, `docker builder prune`.",
    },
    low: {
      severity: "warning",
      meaning:
        "Less than 5 GiB is free for the engine's data, 1 GiB for the home, or 500 MiB for the clone.",
      remedy: "As above.",
    },
    files: {
      severity: "warning",
      meaning: "Fewer than 20,000 files can still be made on the disk of the engine's data.",
      remedy: "`docker image prune`, `docker builder prune`",
    },
    "not-looked-at": {
      severity: "info",
      meaning: "The engine runs on another machine, whose disk cannot be seen from here.",
      remedy: "Look there: `df -h`.",
    },
  },
  examine: ({ disks, engine, host }, found) => {
    const ofEngine: Finding[] =
      engine.answers && !host.isEngineHost
        ? [
            found("not-looked-at", {
              message: `The engine at ${engine.host} runs on another machine (${engine.info.hostname}): how much room its disk has was not looked at.`,
              remedy: `Look there: df -h ${engine.info.dataRoot}`,
            }),
          ]
        : [];
    return [
      ...disks.map((it) => {
        const use = tightest(it);
        const where = `${list(it.uses.map((name) => words[name]))} (${it.path})`;
        const free = inGib(it.freeBytes);
        const { refuse, warn } = bounds[use];
        if (it.freeBytes < refuse) {
          const message = `${free} are free on the disk of ${where}; a deploy needs at least ${inGib(refuse)}.`;
          return found("full", { subject: it.path, message, remedy: remedies[use] });
        }
        if (it.freeBytes < warn) {
          const message = `${free} are free on the disk of ${where}; less than ${inGib(warn)} will not do for long.`;
          return found("low", { subject: it.path, message, remedy: remedies[use] });
        }
        return found("room", { subject: it.path, message: `${free} free for ${where}` });
      }),
      ...disks
        .filter(({ uses, freeFiles }) => uses.includes("engine") && isFew(freeFiles))
        .map(({ path, freeFiles }) =>
          found("files", {
            subject: path,
            message: `Only ${freeFiles ?? 0} more files can be made on the disk of ${words.engine} (${path}), whatever room it has.`,
            remedy: remedies.engine,
          }),
        ),
      ...ofEngine,
    ];
  },
});

/** Of several uses of one disk, the one that needs most. */
function tightest({ uses }: DiskLook): DiskUse {
  const order: readonly DiskUse[] = ["engine", "home", "clone"];
  return order.find((use) => uses.includes(use)) ?? "clone";
}

function isFew(freeFiles: number | null): boolean {
  return freeFiles !== null && freeFiles < leastFreeFiles;
}
