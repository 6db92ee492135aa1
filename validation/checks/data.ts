import type { Deployment } from "../../catalog/deployment.ts";
import { defineCheck, equal, verdict, type Check } from "./check.ts";
import { absence, shortName } from "./naming.ts";
import { existing, item, section } from "./reader.ts";

/** What must outlive the containers is where it outlives them. */
export function dataChecks(deployment: Deployment): Check[] {
  return [
    ...deployment.volumes.flatMap((volume) => volumeChecks(deployment, volume)),
    defineCheck({
      id: "data.append-only",
      group: "data",
      severity: "blocker",
      title: "Redis writes every change to its append-only file",
      failureTitle: "Redis does not write changes to an append-only file",
      why: "Without it a restart loses every trade since the last snapshot.",
      remedy: `The Redis configuration needs \`appendonly yes\`; \`npm run up\` writes it again.`,
      notApplicable: absence(deployment, "redis"),
      reads: section("redis"),
      judge: ({ appendOnly, appendOnlyFiles }) => {
        const files = appendOnlyFiles ? "files there" : "no files in the data folder";
        return verdict(appendOnly === "yes" && appendOnlyFiles, {
          expected: "appendonly yes, files there",
          actual: `appendonly ${appendOnly ?? "not set"}, ${files}`,
        });
      },
    }),
  ];
}

function volumeChecks(
  deployment: Deployment,
  { name, usedBy }: Deployment["volumes"][number],
): Check[] {
  const short = shortName(deployment, name);
  const user = deployment.containers.find((it) => it.name === usedBy || it.service === usedBy);
  return [
    defineCheck({
      id: `data.volume.${short}`,
      group: "data",
      severity: "blocker",
      title: `The volume ${name} is there`,
      failureTitle: `The volume ${name} does not exist`,
      why: "It holds what outlives every container.",
      remedy: `\`docker volume ls\` shows what there is. \`npm run up\` makes an empty one; if there was data, restore a backup first.`,
      reads: item("volumes", name),
      judge: ({ exists }) => equal(exists ? "exists" : "does not exist", "exists"),
    }),
    defineCheck({
      id: `data.mounted.${short}`,
      group: "data",
      severity: "blocker",
      title: `${user?.name ?? usedBy} keeps its data in ${name}`,
      failureTitle: `${user?.name ?? usedBy} does not keep its data in ${name}`,
      why: "Data beside the volume is gone with the container.",
      remedy: `\`docker inspect --format '{{json .Mounts}}' ${user?.name ?? usedBy}\` shows where it writes; \`npm run up\` makes it anew.`,
      reads: existing(user?.name ?? usedBy),
      judge: ({ mounts }) => {
        const mount = mounts.find(({ type, source }) => type === "volume" && source === name);
        if (mount === undefined) return equal("not mounted", "mounted, writable");
        return equal(
          mount.writable ? "mounted, writable" : "mounted, read-only",
          "mounted, writable",
        );
      },
    }),
  ];
}
