import { containerType, networkType } from "../../topology/policies/policy.ts";
import { resourceName } from "../pulumi/events.ts";
import type { StackState, StateResource } from "../pulumi/stack-state.ts";
import { count } from "../words.ts";
import type { EngineContainer, EngineNetwork, EngineObjects } from "./engine-objects.ts";

/** What has to be done so that state and engine agree again. */
export interface RepairPlan {
  /** Pending operations are to be dropped from the state. */
  readonly dropPending: boolean;
  readonly removeContainers: readonly EngineContainer[];
  readonly removeNetworks: readonly EngineNetwork[];
  /** Places in networks that belong to containers which are no more; they keep their name from the next one. */
  readonly freeEndpoints: readonly { readonly network: EngineNetwork; readonly name: string }[];
  /** The state may say something else than the engine, so the next deploy must look first. */
  readonly refresh: boolean;
  /** What was found, and is put right by all this: a sentence each. */
  readonly sentences: readonly string[];
}

/**
 * Works out what an interrupted operation has left. What the engine has of the stack and no resource of the state stands
 * for goes; what only the state has is looked for by the refresh. A pending operation tells nothing more: of a creation
 * the engine has all or nothing, and neither is in the state; after an update or a deletion the refresh sees what came
 * of it.
 * @param unstartable ids of containers that were never started and that the engine refuses to start
 */
export function planRepair(
  state: StackState,
  engine: EngineObjects,
  unstartable: ReadonlySet<string> = new Set(),
): RepairPlan {
  const known = new Set(state.resources.map(({ id }) => id));
  const onEngine = new Set([...engine.everyContainer, ...engine.networks.map(({ id }) => id)]);
  const halfRemoved = engine.containers.filter((it) => isHalfRemoved(it));
  const orphans = engine.containers.filter((it) => !known.has(it.id) && !isHalfRemoved(it));
  const broken = engine.containers.filter(({ id }) => known.has(id) && unstartable.has(id));
  const removeContainers = [...orphans, ...halfRemoved, ...broken, ...engine.selfChecks];
  const removeNetworks = engine.networks.filter(({ id }) => !known.has(id));
  const freeEndpoints = engine.networks
    .filter(({ id }) => known.has(id))
    .flatMap((network) =>
      network.endpoints
        .filter(({ container }) => !engine.everyContainer.has(container))
        .map(({ name }) => ({ network, name })),
    );
  const gone = state.resources.filter(
    ({ type, id }) => (type === containerType || type === networkType) && !onEngine.has(id),
  );
  const pending = state.pendingOperations;
  const unsure = pending.filter(({ type }) => type === "updating" || type === "deleting");
  return {
    dropPending: pending.length > 0,
    removeContainers,
    removeNetworks,
    freeEndpoints,
    refresh: [gone, unsure, halfRemoved, broken].some(({ length }) => length > 0),
    sentences: [
      ...(pending.length === 0
        ? []
        : [
            `dropped ${count(pending.length, "operation")} that had not ended: ` +
              pending.map(({ type, resource }) => `${type} ${nameOf(resource)}`).join(", "),
          ]),
      ...says("removed", "container", orphans, "which the state does not know"),
      ...says("removed", "container", halfRemoved, "whose removal had not ended"),
      ...says("removed", "container", broken, "which the engine could not start any more"),
      ...says("removed", "self-check container", engine.selfChecks, "which was left behind"),
      ...says("removed", "network", removeNetworks, "which the state does not know"),
      ...freeEndpoints.map(
        ({ network, name }) => `freed ${name}'s place in network ${network.name}: it is no more`,
      ),
      ...(gone.length === 0
        ? []
        : [`${gone.map(nameOf).join(", ")} ${gone.length === 1 ? "is" : "are"} gone: made again`]),
    ],
  };
}

function isHalfRemoved({ state }: EngineContainer): boolean {
  return state === "removing" || state === "dead";
}

function says(
  verb: string,
  noun: string,
  objects: readonly { readonly name: string }[],
  why: string,
): string[] {
  if (objects.length === 0) return [];
  const names = objects.map(({ name }) => name).join(", ");
  return [`${verb} ${noun}${objects.length === 1 ? "" : "s"} ${names}, ${why}`];
}

function nameOf({ urn }: Pick<StateResource, "urn">): string {
  return resourceName(urn);
}
