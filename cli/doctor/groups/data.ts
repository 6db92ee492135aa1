import { openingsOf } from "../../data-formats.ts";
import { olderDataFormat } from "../../setup/data-versions.ts";
import type { Facts } from "../facts.ts";
import { defineGroup } from "../group.ts";
import { list, ownership } from "../words.ts";

/** Whether the stack's data can be opened by the images at hand, and by nobody else at the same time. */
export const data = defineGroup({
  name: "data",
  kinds: {
    fits: { severity: "passed", meaning: "The images at hand read the data in the volumes." },
    newer: {
      severity: "refusal",
      meaning: "A volume was written by a newer version than the image at hand has.",
      remedy: "`npm run setup -- --refresh`, `docker load`, or a backup of the older version.",
    },
    record: {
      severity: "refusal",
      meaning: "The record of who wrote each volume cannot be read.",
      remedy: "Mend the file; delete it if no newer version has written to the volumes.",
    },
    shared: {
      severity: "warning",
      meaning: "A container of someone else's has the stack's volume open and may write to it.",
      remedy: "`docker stop <container>`",
    },
  },
  examine: (facts, found) => {
    const { dataVersions } = facts.state;
    if (isProblem(dataVersions)) {
      return [
        found("record", {
          message: `The record of data versions cannot be read: ${dataVersions.problem}`,
          remedy:
            "Mend the file; if you know that no newer version has written to your volumes, delete it.",
        }),
      ];
    }
    const openings = facts.machine === null ? [] : openingsOf(facts.topology, facts.machine);
    const refused = openings.flatMap(({ volume, version }) => {
      const older = olderDataFormat(volume, dataVersions, version);
      if (older === undefined) return [];
      return [found("newer", { subject: volume, message: older.problem, remedy: older.wayOut })];
    });
    const findings = [...refused, ...sharedVolumes(facts).map((it) => found("shared", it))];
    if (findings.length > 0) return findings;
    const known = facts.topology.volumes.filter(({ name }) => dataVersions[name] !== undefined);
    if (known.length === 0) return [found("fits", { message: "no data yet that has a version" })];
    const written = known.map(({ name }) => `${name} (${dataVersions[name] ?? ""})`);
    return [found("fits", { message: `${list(written)} can be opened` })];
  },
});

function isProblem(
  versions: Facts["state"]["dataVersions"],
): versions is { readonly problem: string } {
  return "problem" in versions;
}

function sharedVolumes({ engine, stack, topology }: Facts) {
  if (!engine.answers) return [];
  const ours = new Set(topology.volumes.map(({ name }) => name));
  return engine.containers
    .filter((container) => container.running && container.stack !== stack)
    .flatMap((container) =>
      container.volumes
        .filter(({ name, writable }) => writable && ours.has(name))
        .map(({ name }) => ({
          subject: name,
          message: `The container ${container.name}${ownership(container)} has the volume ${name} open and may write to it; two programs on one data set damage it.`,
          remedy: `Stop it, or mount the volume read-only there: docker stop ${container.name}`,
        })),
    );
}
