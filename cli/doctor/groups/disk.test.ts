import { expect, test } from "vitest";
import type { DiskLook } from "../facts.ts";
import { checkGroup } from "../testing/check-group.ts";
import { healthyFacts, withHost } from "../testing/facts.ts";
import { disk } from "./disk.ts";

const mib = 1024 ** 2;
const facts = healthyFacts();
const onDisk = (look: Partial<DiskLook>) => ({
  ...facts,
  disks: [
    {
      uses: ["engine", "home"],
      path: "/var/lib/docker",
      freeBytes: 1024 ** 4,
      freeFiles: null,
      ...look,
    } satisfies DiskLook,
  ],
});

checkGroup(disk, [
  {
    kind: "room",
    facts,
    subject: "/var/lib/docker",
    message: "75.0 GiB free for the engine's data, the home folder and the clone (/var/lib/docker)",
  },
  {
    kind: "full",
    facts: onDisk({ freeBytes: 1023 * mib }),
    subject: "/var/lib/docker",
    message:
      "1023 MiB are free on the disk of the engine's data and the home folder (/var/lib/docker); a deploy needs at least 1.0 GiB.",
    remedy:
      "`docker system df` shows what the engine keeps; `docker image prune` and `docker builder prune` free some of it.",
  },
  {
    kind: "full",
    facts: onDisk({ uses: ["clone"], path: "/src/astratrade", freeBytes: 49 * mib }),
    subject: "/src/astratrade",
    message:
      "49 MiB are free on the disk of the clone (/src/astratrade); a deploy needs at least 50 MiB.",
    remedy: "Free some of it; old reports are in reports/.",
  },
  {
    kind: "low",
    facts: onDisk({ uses: ["home", "clone"], path: "/home/kim", freeBytes: 1023 * mib }),
    subject: "/home/kim",
    message:
      "1023 MiB are free on the disk of the home folder and the clone (/home/kim); less than 1.0 GiB will not do for long.",
    remedy: "Free some of it, or move the home with ASTRATRADE_HOME.",
  },
  {
    kind: "files",
    facts: onDisk({ freeFiles: 19_999 }),
    subject: "/var/lib/docker",
    message:
      "Only 19999 more files can be made on the disk of the engine's data (/var/lib/docker), whatever room it has.",
    remedy:
      "`docker system df` shows what the engine keeps; `docker image prune` and `docker builder prune` free some of it.",
  },
  {
    kind: "not-looked-at",
    facts: withHost(facts, { isEngineHost: false }),
    message:
      "The engine at unix:///var/run/docker.sock runs on another machine (trader): how much room its disk has was not looked at.",
    remedy: "Look there: df -h /var/lib/docker",
  },
]);

test("few files are no matter where nothing is unpacked", () => {
  const look = onDisk({ uses: ["home", "clone"], freeFiles: 19_999 });
  expect(disk.examine(look).map(({ id }) => id)).toEqual(["disk.room"]);
});
