import { shortId } from "../words.ts";
import type { DeployedContainer } from "./deployed.ts";
import { absent, diffFacts, type DriftItem, type Mend } from "./drift-item.ts";
import { fileFacets } from "./facets/files.ts";
import { lifecycleFacets } from "./facets/lifecycle.ts";
import { limitFacets } from "./facets/limits.ts";
import { mountFacets } from "./facets/mounts.ts";
import { networkingFacets } from "./facets/networking.ts";
import { processFacets } from "./facets/process.ts";
import { securityFacets } from "./facets/security.ts";
import { fileDiff } from "./file-diff.ts";
import { isOfStack } from "./stack-labels.ts";
import type { Facet, Subject } from "./subject.ts";

const facets: readonly Facet[] = [
  ...processFacets,
  ...limitFacets,
  ...lifecycleFacets,
  ...mountFacets,
  ...networkingFacets,
  ...securityFacets,
  ...fileFacets,
];

/** What the provider changes in a container that runs, once a refresh has seen it. Everything else makes a new one. */
const updatable = new Set(["memory", "memorySwap", "restart", "maxRetryCount"]);

/**
 * Every difference between a container and what was deployed.
 * @param subject a container that is there: the deployed one, or another that stands under its name
 */
export function compareContainer(subject: Subject): DriftItem[] {
  const { deployed, live } = subject;
  const collect = (side: "expected" | "actual") =>
    Object.assign({}, ...facets.map((facet) => facet[side](subject))) as Record<string, string>;
  const isReplaced = live.Id !== deployed.id;
  const differences = diffFacts(collect("expected"), collect("actual")).map((it): DriftItem => {
    const mend: Mend = !isReplaced && updatable.has(it.property) ? "update" : "replace";
    const diff = fileDiff(subject, it.property);
    return { ...about(deployed), ...it, mend, ...(diff !== null && { diff }) };
  });
  return [...(isReplaced ? [madeByHand(subject)] : []), ...stateItems(subject), ...differences];
}

/** A container that is not there at all. */
export function missingContainer(deployed: DeployedContainer): DriftItem {
  return {
    ...about(deployed),
    property: "state",
    expected: "running",
    actual: "removed",
    mend: "create",
  };
}

function about({ urn, inputs }: DeployedContainer) {
  return { kind: "container", name: inputs.name, urn } as const;
}

/**
 * Under the deployed container's name stands another one. One with the stack's labels is removed by the deploy itself,
 * which takes it for the remains of an earlier one.
 */
function madeByHand({ deployed, live }: Subject): DriftItem {
  const { name, labels } = deployed.inputs;
  const byHand =
    `Container "${name}" was made by hand and has not the stack's labels, so that it may be somebody else's. ` +
    `Rename it, or remove it: docker rm -f ${name}`;
  return {
    ...about(deployed),
    property: "container",
    expected: shortId(deployed.id),
    actual: `${shortId(live.Id)}, made by hand`,
    mend: "replace",
    ...(!isOfStack(labels, live.Config.Labels) && { byHand }),
  };
}

function stateItems({ deployed, live }: Subject): DriftItem[] {
  if (deployed.inputs.start === false) return [];
  const { Status, Running, Paused, Restarting, ExitCode } = live.State;
  const item = (actual: string, mend: Mend): DriftItem => ({
    ...about(deployed),
    property: "state",
    expected: "running",
    actual,
    mend: live.Id === deployed.id ? mend : "replace",
  });
  // A container that ends again and again gets a fresh file system, and its last words into the deploy's error.
  if (Restarting) return [item(`restarting, last exit code ${ExitCode}`, "replace")];
  if (Paused) {
    const preparation = { kind: "resume", container: live.Id } as const;
    return [{ ...item("paused", "resume"), preparation }];
  }
  if (Running) return [];
  if (Status === "created") return [item("never started", "start")];
  if (Status === "exited") return [item(`stopped, exit code ${ExitCode}`, "start")];
  return [item(Status === "" ? absent : Status, "replace")];
}
