import type { Call, UpdateRequest } from "../../plugin/resource.ts";
import { containsUnknown } from "../../plugin/values.ts";
import type { Properties } from "../../plugin/values.ts";
import { describeFailure } from "../engine-error.ts";
import type { Engine } from "../engine.ts";
import { isSame, isZero } from "../schema/canon.ts";
import { planOutputs, withoutUnknowns } from "../schema/plan.ts";
import { createdOutputs } from "../schema/refresh.ts";
import type { Change } from "../schema/shape.ts";
import { stateOf } from "../schema/state.ts";
import { writeSpec } from "../schema/write.ts";
import { startContainer } from "./create.ts";
import { inspectContainer } from "./inspect.ts";
import { SCHEMA_VERSION, newSpec } from "./spec.ts";
import { CONTAINER } from "./table.ts";

/**
 * Changes a container in place: limits and restart policy by the engine's update, a stopped
 * container that must run by starting it. What the engine cannot change is said in a warning, since
 * Pulumi will show it as updated all the same.
 */
export async function updateContainer(
  engine: Engine,
  { id, olds, news, preview }: UpdateRequest,
  call: Call,
): Promise<Properties> {
  const planned = planOutputs(CONTAINER, news, olds);
  if (preview) return planned;
  const changed = (change: Change) =>
    Object.entries(CONTAINER)
      .filter(
        ([name, property]) =>
          property.change === change && !isSame(property.shape, olds[name], planned[name]),
      )
      .map(([name]) => name);
  const inert = changed("inert");
  if (inert.length > 0) {
    call.log.warning(
      `${inert.join(", ")}: the running container keeps the old value. It changes when the container is ` +
        `replaced: add replaceOnChanges: ${JSON.stringify(inert)} to the resource's options`,
    );
  }
  if (changed("update").length > 0) await updateLimits(engine, id, planned, call);
  if (olds["mustRun"] === false && planned["mustRun"] === true)
    await startContainer(engine, id, call.signal);
  const outputs = withRemovedAsZero(olds, planned);
  if (!containsUnknown(outputs)) return stateOf(outputs, id, SCHEMA_VERSION);
  const live = await inspectContainer(engine, id, call.signal);
  const read = live === undefined ? outputs : createdOutputs(CONTAINER, live, outputs);
  return stateOf(withoutUnknowns(CONTAINER, read), id, SCHEMA_VERSION);
}

/** A number that the program does not set any more is 0 in the state, as it is for the engine. */
function withRemovedAsZero(olds: Properties, planned: Properties): Properties {
  const zeros = Object.entries(planned)
    .filter(
      ([name, value]) =>
        value === null && !isZero(olds[name]) && CONTAINER[name]?.shape.kind === "int",
    )
    .map(([name]) => [name, 0] as const);
  return { ...planned, ...Object.fromEntries(zeros) };
}

async function updateLimits(
  engine: Engine,
  id: string,
  planned: Properties,
  { signal }: Call,
): Promise<void> {
  const spec = newSpec();
  writeSpec(CONTAINER, spec, planned, ["update"]);
  // The engine's update takes limits and restart policy, and refuses to hear of the rest.
  const body = { ...spec.body.HostConfig, Init: undefined };
  await engine
    .request("POST", `/containers/${id}/update`, { body, signal })
    .catch((error: unknown) => {
      throw describeFailure("Unable to update the container", error);
    });
}
