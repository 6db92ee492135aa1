import type { Call, UpdateRequest } from "../../plugin/resource.ts";
import { containsUnknown } from "../../plugin/values.ts";
import type { Properties } from "../../plugin/values.ts";
import { describeFailure } from "../engine-error.ts";
import type { Engine } from "../engine.ts";
import { isSame } from "../schema/canon.ts";
import { planOutputs, withoutUnknowns } from "../schema/plan.ts";
import { createdOutputs } from "../schema/refresh.ts";
import type { Change } from "../schema/shape.ts";
import { writeSpec } from "../schema/write.ts";
import { startContainer } from "./create.ts";
import { inspectContainer } from "./inspect.ts";
import { newSpec } from "./spec.ts";
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
  if (!containsUnknown(planned)) return planned;
  const live = await inspectContainer(engine, id, call.signal);
  const outputs = live === undefined ? planned : createdOutputs(CONTAINER, live, planned);
  return { ...withoutUnknowns(CONTAINER, outputs), id };
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
