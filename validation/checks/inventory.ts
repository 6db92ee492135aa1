import type { DeployedContainer, Deployment } from "../../catalog/deployment.ts";
import { labels } from "../../catalog/labels.ts";
import type { InventoryFacts, Items } from "../evidence.ts";
import { defineCheck, equal, type Check, type Outcome } from "./check.ts";
import { containerKey, list } from "./naming.ts";
import { existing, section } from "./reader.ts";

/** The engine has what the stack has, labelled, and nothing left over. */
export function inventoryChecks(deployment: Deployment): Check[] {
  return [
    orphanCheck(deployment, {
      kind: "containers",
      severity: "major",
      remove: "docker rm --force",
      why: "A container left from an earlier release still takes memory, and may still do work.",
    }),
    orphanCheck(deployment, {
      kind: "networks",
      severity: "minor",
      remove: "docker network rm",
      why: "Each network takes an address range, of which an engine has few.",
    }),
    orphanCheck(deployment, {
      kind: "volumes",
      severity: "minor",
      remove: "once its data is of no use any more, docker volume rm",
      why: "A volume nobody uses may be data that somebody misses.",
    }),
    labelledCheck(deployment, "networks"),
    labelledCheck(deployment, "volumes"),
    ...deployment.containers.flatMap((container) => labelChecks(deployment, container)),
  ];
}

interface OrphanCheck {
  readonly kind: keyof InventoryFacts;
  readonly severity: "major" | "minor";
  readonly remove: string;
  readonly why: string;
}

function orphanCheck(deployment: Deployment, { kind, severity, remove, why }: OrphanCheck): Check {
  const known = new Set(deployment[kind].map(({ name }) => name));
  return defineCheck({
    id: `inventory.${kind}`,
    group: "inventory",
    severity,
    title: `No ${kind} are left over`,
    failureTitle: `There are ${kind} that the stack does not know`,
    why,
    remedy: `If nothing else needs them: ${remove}, with the names above.`,
    reads: section("inventory"),
    judge: (inventory) => equal(list(inventory[kind].filter((name) => !known.has(name))), "none"),
  });
}

function labelledCheck(deployment: Deployment, kind: "networks" | "volumes"): Check {
  return defineCheck({
    id: `inventory.${kind}-labelled`,
    group: "inventory",
    severity: "minor",
    title: `The ${kind} carry the stack's labels`,
    failureTitle: `There are ${kind} without the stack's labels`,
    why: "What has no label is not found when the stack is looked for.",
    remedy: `Labels are given when a thing is made: \`docker inspect\` shows them.`,
    reads: section(kind),
    judge: (items) => judgeLabelled(deployment, items),
  });
}

function judgeLabelled(
  deployment: Deployment,
  items: Items<{ exists: boolean; labels: Readonly<Record<string, string>> }>,
): Outcome {
  const bare = Object.entries(items).flatMap(([name, probed]) => {
    if (!("value" in probed) || !probed.value.exists) return [];
    const { labels: found } = probed.value;
    const right =
      found[labels.project] === deployment.project && found[labels.stack] === deployment.stack;
    return right ? [] : [name];
  });
  return equal(bare.length === 0 ? "all labelled" : `without: ${list(bare)}`, "all labelled");
}

function labelChecks(deployment: Deployment, container: DeployedContainer): Check[] {
  const { name, service, configHash } = container;
  const key = containerKey(deployment, container);
  const expected: Readonly<Record<string, string>> = {
    [labels.project]: deployment.project,
    [labels.stack]: deployment.stack,
    [labels.service]: service,
    [labels.release]: deployment.release,
  };
  const text = (found: Readonly<Record<string, string>>): string =>
    Object.keys(expected)
      .map((label) => `${label}=${found[label] ?? ""}`)
      .join(" ");
  return [
    defineCheck({
      id: `inventory.labels.${key}`,
      group: "inventory",
      severity: "major",
      title: `${name} says whose it is`,
      failureTitle: `${name} has other labels than were decided`,
      why: "Status, teardown and these checks find containers by their labels.",
      remedy: `\`docker inspect --format '{{json .Config.Labels}}' ${name}\` shows them; \`npm run up\` makes the container anew.`,
      reads: existing(name),
      judge: (facts) => equal(text(facts.labels), text(expected)),
    }),
    defineCheck({
      id: `inventory.config-hash.${key}`,
      group: "inventory",
      severity: "major",
      title: `${name} has the configuration that was decided`,
      failureTitle: `${name} has another configuration than was decided`,
      why: "The engine does not tell when environment or files of a container differ; the fingerprint does.",
      remedy: `\`npm run up\` makes ${name} anew with the configuration of this release.`,
      reads: existing(name),
      judge: (facts) => equal(facts.labels[labels.configHash] ?? "none", configHash),
    }),
  ];
}
