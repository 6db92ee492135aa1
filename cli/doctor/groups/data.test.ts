import { checkGroup } from "../testing/check-group.ts";
import { container, healthyFacts, withEngine, withState } from "../testing/facts.ts";
import { data } from "./data.ts";

const facts = healthyFacts();
const volume = "astratrade-dev-redis-data";
const opening = (writable: boolean) =>
  withEngine(facts, {
    containers: [
      container("debug", { volumes: [{ name: volume, writable }] }),
      container("redis", { stack: "dev", volumes: [{ name: volume, writable: true }] }),
      container("old", { running: false, volumes: [{ name: volume, writable: true }] }),
    ],
  });

checkGroup(data, [
  { kind: "fits", facts, message: "no data yet that has a version" },
  {
    kind: "fits",
    facts: withState(facts, { dataVersions: { [volume]: "7.2.5", other: "9" } }),
    message: "astratrade-dev-redis-data (7.2.5) can be opened",
  },
  { kind: "fits", facts: opening(false), message: "no data yet that has a version" },
  {
    kind: "newer",
    facts: withState(facts, { dataVersions: { [volume]: "8.0.1" } }),
    subject: volume,
    message:
      "The volume astratrade-dev-redis-data was last written by version 8.0.1; the image at hand has 7.2, which may not read it.",
    remedy:
      "Set up the newer image again (`npm run setup -- --refresh`, or `docker load`), or restore a backup made with the older version into a new volume.",
  },
  {
    kind: "record",
    facts: withState(facts, { dataVersions: { problem: "it does not hold versions any more." } }),
    message: "The record of data versions cannot be read: it does not hold versions any more.",
    remedy:
      "Mend the file; if you know that no newer version has written to your volumes, delete it.",
  },
  {
    kind: "shared",
    facts: opening(true),
    subject: volume,
    message:
      "The container debug has the volume astratrade-dev-redis-data open and may write to it; two programs on one data set damage it.",
    remedy: "Stop it, or mount the volume read-only there: docker stop debug",
  },
]);
