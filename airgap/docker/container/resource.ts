import type { Resource } from "../../plugin/resource.ts";
import { checkNamed } from "../autoname.ts";
import type { Engine } from "../engine.ts";
import { diffOutputs } from "../schema/diff.ts";
import { planOutputs } from "../schema/plan.ts";
import { refreshedInputs, refreshedOutputs } from "../schema/refresh.ts";
import { stateOf } from "../schema/state.ts";
import { createContainer } from "./create.ts";
import { inspectContainer } from "./inspect.ts";
import { removeContainer } from "./remove.ts";
import { SCHEMA_VERSION } from "./spec.ts";
import { CONTAINER } from "./table.ts";
import { updateContainer } from "./update.ts";

/**
 * The resource `docker:index/container:Container`. Its id is the engine's id of the container.
 *
 * A replacement always deletes first: two containers cannot have one name, or one port of the host.
 */
export function containerResource(engine: Engine): Resource {
  return {
    check: (request, call) => Promise.resolve(checkNamed(CONTAINER, request, call)),
    diff: ({ olds, news, ignoreChanges }) =>
      Promise.resolve(
        diffOutputs(CONTAINER, { olds, news, ignoreChanges, deleteBeforeReplace: true }),
      ),
    create: ({ inputs, preview }, call) =>
      preview
        ? Promise.resolve({ id: "", properties: planOutputs(CONTAINER, inputs) })
        : createContainer(engine, inputs, call),
    async read({ id, properties, inputs }, { signal }) {
      const live = await inspectContainer(engine, id, signal);
      if (live === undefined) return undefined;
      const outputs = stateOf(
        refreshedOutputs(CONTAINER, live, properties),
        live.Id,
        SCHEMA_VERSION,
      );
      return {
        id: live.Id,
        properties: outputs,
        inputs: refreshedInputs(CONTAINER, inputs, outputs),
      };
    },
    update: (request, call) => updateContainer(engine, request, call),
    delete: (request, call) => removeContainer(engine, request, call),
  };
}
