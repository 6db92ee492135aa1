import type { Call, Resource } from "../plugin/resource.ts";
import { checkNamed, isNameFixed } from "./autoname.ts";
import { describeFailure, isConflict, isNotFound } from "./engine-error.ts";
import type { Engine } from "./engine.ts";
import { retryWhile } from "./retry-while.ts";
import { diffOutputs } from "./schema/diff.ts";
import { LABELS, labelsFromMap, labelsToMap } from "./schema/labels.ts";
import { planOutputs } from "./schema/plan.ts";
import { asMap, asText } from "./schema/read-values.ts";
import { createdOutputs, refreshedInputs, refreshedOutputs } from "./schema/refresh.ts";
import { MAP, STRING } from "./schema/shape.ts";
import type { Table } from "./schema/shape.ts";
import { stateOf } from "./schema/state.ts";
import { writeSpec } from "./schema/write.ts";

/** The body of the request that creates a volume. */
interface VolumeSpec {
  Name: string;
  Driver?: string;
  DriverOpts?: Record<string, string>;
  Labels?: Record<string, string>;
}

/** A volume as the engine describes it. */
interface LiveVolume {
  readonly Name: string;
  readonly Driver: string;
  readonly Mountpoint: string;
  readonly Options: Record<string, string> | null;
  readonly Labels: Record<string, string> | null;
}

/** A volume of the engine. Nothing of it can be changed in place. */
export const VOLUME: Table<VolumeSpec, LiveVolume> = {
  name: {
    shape: STRING,
    change: "replace",
    required: true,
    write: (spec, value) => (spec.Name = asText(value)),
    read: (live) => live.Name,
  },
  driver: {
    shape: STRING,
    change: "replace",
    computed: true,
    write: (spec, value) => (spec.Driver = asText(value)),
    read: (live) => live.Driver,
  },
  driverOpts: {
    shape: MAP,
    change: "replace",
    write: (spec, value) => (spec.DriverOpts = asMap(value)),
    read: (live) => live.Options ?? {},
  },
  labels: {
    shape: LABELS,
    change: "replace",
    write: (spec, value) => (spec.Labels = labelsToMap(value)),
    read: (live) => labelsFromMap(live.Labels),
  },
  mountpoint: { shape: STRING, change: "output", read: (live) => live.Mountpoint },
};

/**
 * The resource `docker:index/volume:Volume`. Its id is its name.
 *
 * A volume that exists already is adopted with its data, since the engine's request to create one
 * is idempotent. Cluster volumes are not supported: `cluster` is refused as an unknown property.
 */
export function volumeResource(engine: Engine): Resource {
  return {
    check: (request, call) => Promise.resolve(checkNamed(VOLUME, request, call)),
    diff: ({ olds, oldInputs, news, ignoreChanges }) =>
      Promise.resolve(
        diffOutputs(VOLUME, {
          olds,
          news,
          ignoreChanges,
          deleteBeforeReplace: isNameFixed(oldInputs, news),
        }),
      ),
    async create({ inputs, preview }) {
      const planned = planOutputs(VOLUME, inputs);
      if (preview) return { id: "", properties: planned };
      const body: VolumeSpec = { Name: "" };
      writeSpec(VOLUME, body, planned);
      // Not cancelled with the call: half way, nobody would know whether there is a volume.
      const signal = AbortSignal.timeout(REQUEST_DEADLINE_MS);
      const live = await engine
        .request<LiveVolume>("POST", "/volumes/create", { body, signal })
        .catch((error: unknown) => {
          throw describeFailure(`Unable to create volume ${body.Name}`, error);
        });
      return {
        id: live.Name,
        properties: stateOf(createdOutputs(VOLUME, live, planned), live.Name, SCHEMA_VERSION),
      };
    },
    async read({ id, properties, inputs }, { signal }) {
      const live = await inspect(engine, id, signal);
      if (live === undefined) return undefined;
      const outputs = stateOf(
        refreshedOutputs(VOLUME, live, properties),
        live.Name,
        SCHEMA_VERSION,
      );
      return {
        id: live.Name,
        properties: outputs,
        inputs: refreshedInputs(VOLUME, inputs, outputs),
      };
    },
    // Every change of an input replaces the volume, so there is nothing left to do here.
    update: ({ id, olds, news }) =>
      Promise.resolve(stateOf(planOutputs(VOLUME, news, olds), id, SCHEMA_VERSION)),
    delete: ({ id }, call) => remove(engine, id, call),
  };
}

/** The official provider's number for the form of this state. */
const SCHEMA_VERSION = "1";

const REQUEST_DEADLINE_MS = 60_000;

/** How long a volume may stay in use by a container that is just being removed. */
const RELEASE_DEADLINE_MS = 20_000;

async function inspect(
  engine: Engine,
  name: string,
  signal: AbortSignal,
): Promise<LiveVolume | undefined> {
  try {
    return await engine.request<LiveVolume>("GET", `/volumes/${encodeURIComponent(name)}`, {
      signal,
    });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw describeFailure(`Unable to read volume ${name}`, error);
  }
}

async function remove(engine: Engine, name: string, { signal, log }: Call): Promise<void> {
  try {
    await retryWhile(
      () => engine.request("DELETE", `/volumes/${encodeURIComponent(name)}`, { signal }),
      (error) => {
        if (isConflict(error)) log.status("waiting for containers to let go of the volume");
        return isConflict(error);
      },
      { deadlineMs: RELEASE_DEADLINE_MS, signal },
    );
  } catch (error) {
    if (isNotFound(error)) return;
    throw describeFailure(`Unable to remove volume ${name}`, error);
  }
}
