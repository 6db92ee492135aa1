import type { DeployedContainer } from "./deployed.ts";
import { absent, diffFacts, type DriftItem, type Mend, type Preparation } from "./drift-item.ts";
import { fileFacets } from "./facets/files.ts";
import { lifecycleFacets } from "./facets/lifecycle.ts";
import { limitFacets } from "./facets/limits.ts";
import { mountFacets } from "./facets/mounts.ts";
import { networkingFacets } from "./facets/networking.ts";
import { processFacets } from "./facets/process.ts";
import { securityFacets } from "./facets/security.ts";
import { fileDiff } from "./file-diff.ts";
import type { LiveContainer } from "./live.ts";
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

/** Digits of an id that people see. */
const shortId = 12;

/** Under the deployed container's name stands another one. */
function madeByHand({ deployed, live }: Subject): DriftItem {
  return {
    ...about(deployed),
    property: "container",
    expected: deployed.id.slice(0, shortId),
    actual: `${live.Id.slice(0, shortId)}, made by hand`,
    mend: "replace",
    preparations: [removal(deployed, live)],
  };
}

function removal({ urn, inputs }: DeployedContainer, live: LiveContainer): Preparation {
  if (sharesLabels(inputs.labels ?? [], live.Config.Labels)) {
    const graceSeconds = inputs.destroyGraceSeconds ?? 0;
    return { kind: "remove-container", container: live.Id, graceSeconds };
  }
  const resource = urn.slice(urn.lastIndexOf("::") + 2);
  return {
    kind: "refuse",
    message:
      `Container "${inputs.name}" was made by somebody else and stands where "${resource}" has to be. ` +
      `Rename or remove it: docker rm -f ${inputs.name}`,
  };
}

/** Whether it says of itself that it is of this stack. */
export function sharesLabels(
  wanted: readonly { readonly label: string; readonly value: string }[],
  actual: Readonly<Record<string, string>>,
): boolean {
  const ours = wanted.filter(({ label }) => /\.(project|stack)$/.test(label));
  return ours.length > 0 && ours.every(({ label, value }) => actual[label] === value);
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
    const preparations = [{ kind: "resume", container: live.Id }] as const;
    return [{ ...item("paused", "resume"), preparations }];
  }
  if (Running) return [];
  if (Status === "created") return [item("never started", "start")];
  if (Status === "exited") return [item(`stopped, exit code ${ExitCode}`, "start")];
  return [item(Status === "" ? absent : Status, "replace")];
}
