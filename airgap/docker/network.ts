import { ResourceError } from "../plugin/errors.ts";
import type { Call, Resource } from "../plugin/resource.ts";
import { checkNamed, isNameFixed } from "./autoname.ts";
import { describeFailure, isNotFound, messageOf } from "./engine-error.ts";
import type { Engine } from "./engine.ts";
import { NETWORK } from "./network-table.ts";
import type { LiveNetwork, NetworkSpec } from "./network-table.ts";
import { retryWhile } from "./retry-while.ts";
import { diffOutputs } from "./schema/diff.ts";
import { planOutputs } from "./schema/plan.ts";
import { createdOutputs, refreshedInputs, refreshedOutputs } from "./schema/refresh.ts";
import { stateOf } from "./schema/state.ts";
import { writeSpec } from "./schema/write.ts";

/** The resource `docker:index/network:Network`. Its id is the engine's id of the network. */
export function networkResource(engine: Engine): Resource {
  return {
    check: (request, call) => Promise.resolve(checkNamed(NETWORK, request, call)),
    diff: ({ olds, oldInputs, news, ignoreChanges }) =>
      Promise.resolve(
        diffOutputs(NETWORK, {
          olds,
          news,
          ignoreChanges,
          deleteBeforeReplace: isNameFixed(oldInputs, news),
        }),
      ),
    async create({ inputs, preview }) {
      const planned = planOutputs(NETWORK, inputs);
      if (preview) return { id: "", properties: planned };
      const body: NetworkSpec = { Name: "", CheckDuplicate: true, IPAM: {} };
      writeSpec(NETWORK, body, planned);
      const task = `Unable to create network ${body.Name}`;
      // Not cancelled with the call: half way, nobody would know whether there is a network.
      const signal = AbortSignal.timeout(REQUEST_DEADLINE_MS);
      const { Id } = await engine
        .request<{ Id: string }>("POST", "/networks/create", { body, signal })
        .catch((error: unknown) => {
          throw describeFailure(task, error);
        });
      const live = await inspect(engine, Id, signal);
      if (live === undefined)
        throw new ResourceError(`${task}: it was gone as soon as it was made`);
      return {
        id: Id,
        properties: stateOf(createdOutputs(NETWORK, live, planned), Id, SCHEMA_VERSION),
      };
    },
    async read({ id, properties, inputs }, { signal }) {
      const live = await inspect(engine, id, signal);
      if (live === undefined) return undefined;
      const outputs = stateOf(refreshedOutputs(NETWORK, live, properties), live.Id, SCHEMA_VERSION);
      return {
        id: live.Id,
        properties: outputs,
        inputs: refreshedInputs(NETWORK, inputs, outputs),
      };
    },
    // Every change of an input replaces the network, so there is nothing left to do here.
    update: ({ id, olds, news }) =>
      Promise.resolve(stateOf(planOutputs(NETWORK, news, olds), id, SCHEMA_VERSION)),
    delete: ({ id }, call) => remove(engine, id, call),
  };
}

/** The official provider's number for the form of this state. */
const SCHEMA_VERSION = "1";

const REQUEST_DEADLINE_MS = 60_000;

/** How long a network may stay in use by a container that is just being removed. */
const RELEASE_DEADLINE_MS = 20_000;

async function inspect(
  engine: Engine,
  id: string,
  signal: AbortSignal,
): Promise<LiveNetwork | undefined> {
  try {
    return await engine.request<LiveNetwork>("GET", `/networks/${encodeURIComponent(id)}`, {
      signal,
    });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw describeFailure(`Unable to read network ${id}`, error);
  }
}

async function remove(engine: Engine, id: string, { signal, log }: Call): Promise<void> {
  try {
    await retryWhile(
      () => engine.request("DELETE", `/networks/${encodeURIComponent(id)}`, { signal }),
      (error) => {
        const isInUse = messageOf(error).includes("has active endpoints");
        if (isInUse) log.status("waiting for containers to leave the network");
        return isInUse;
      },
      { deadlineMs: RELEASE_DEADLINE_MS, signal },
    );
  } catch (error) {
    if (isNotFound(error)) return;
    throw describeFailure(`Unable to remove network ${id}`, error);
  }
}
