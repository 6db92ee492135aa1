import { ResourceError } from "../plugin/errors.ts";
import type { Call, Resource } from "../plugin/resource.ts";
import type { Properties } from "../plugin/values.ts";
import { checkNamed, isNameFixed } from "./autoname.ts";
import { describeFailure, isNotFound } from "./engine-error.ts";
import type { Engine } from "./engine.ts";
import { retryWhile } from "./retry-while.ts";
import { diffOutputs } from "./schema/diff.ts";
import { planOutputs } from "./schema/plan.ts";
import { createdOutputs, refreshedInputs, refreshedOutputs } from "./schema/refresh.ts";
import type { Table } from "./schema/shape.ts";
import { stateOf } from "./schema/state.ts";
import { writeSpec } from "./schema/write.ts";

/** A kind of object of the engine of which nothing can be changed in place. */
export interface FixedKind<Spec extends { Name: string }, Live> {
  /** What it is called in messages: `network`. */
  readonly noun: string;
  /** Where the engine has its objects: `/networks`. */
  readonly path: string;
  readonly table: Table<Spec, Live>;
  /** The body of a request to create one that says nothing yet. */
  readonly emptySpec: () => Spec;
  readonly idOf: (live: Live) => string;
  /** The object that the engine's answer to the request to create it is about; undefined: it is gone already. */
  readonly created: (
    answer: unknown,
    inspect: (id: string) => Promise<Live | undefined>,
  ) => Promise<Live | undefined>;
  /** Whether the engine does not remove it since a container that is just being removed still has it. */
  readonly isInUse: (error: unknown) => boolean;
  /** What is waited for then: `containers to leave the network`. */
  readonly release: string;
}

/** A resource that is made and removed, and replaced on every change of an input. */
export function fixedResource<Spec extends { Name: string }, Live>(
  engine: Engine,
  kind: FixedKind<Spec, Live>,
): Resource {
  const { noun, table, idOf } = kind;
  const toState = (outputs: Properties, id: string) => stateOf(outputs, id, SCHEMA_VERSION);
  return {
    check: (request, call) => Promise.resolve(checkNamed(table, request, call)),
    diff: ({ olds, oldInputs, news, ignoreChanges }) =>
      Promise.resolve(
        diffOutputs(table, {
          olds,
          news,
          ignoreChanges,
          deleteBeforeReplace: isNameFixed(oldInputs, news),
        }),
      ),
    async create({ inputs, preview }) {
      const planned = planOutputs(table, inputs);
      if (preview) return { id: "", properties: planned };
      const body = kind.emptySpec();
      writeSpec(table, body, planned);
      const task = `Unable to create ${noun} ${body.Name}`;
      // Not cancelled with the call: half way, nobody would know whether there is one.
      const signal = AbortSignal.timeout(REQUEST_DEADLINE_MS);
      const answer = await engine
        .request<unknown>("POST", `${kind.path}/create`, { body, signal })
        .catch((error: unknown) => {
          throw describeFailure(task, error);
        });
      const live = await kind.created(answer, (id) => inspect<Live>(engine, kind, id, signal));
      if (live === undefined)
        throw new ResourceError(`${task}: it was gone as soon as it was made`);
      return {
        id: idOf(live),
        properties: toState(createdOutputs(table, live, planned), idOf(live)),
      };
    },
    async read({ id, properties, inputs }, { signal }) {
      const live = await inspect<Live>(engine, kind, id, signal);
      if (live === undefined) return undefined;
      const outputs = toState(refreshedOutputs(table, live, properties), idOf(live));
      return {
        id: idOf(live),
        properties: outputs,
        inputs: refreshedInputs(table, inputs, outputs),
      };
    },
    // Every change of an input replaces the object, so there is nothing left to do here.
    update: ({ id, olds, news }) => Promise.resolve(toState(planOutputs(table, news, olds), id)),
    delete: ({ id }, call) => remove(engine, kind, id, call),
  };
}

/** The official provider's number for the form of these states. */
const SCHEMA_VERSION = "1";

const REQUEST_DEADLINE_MS = 60_000;

/** How long an object may stay in use by a container that is just being removed. */
const RELEASE_DEADLINE_MS = 20_000;

async function inspect<Live>(
  engine: Engine,
  { noun, path }: { readonly noun: string; readonly path: string },
  id: string,
  signal: AbortSignal,
): Promise<Live | undefined> {
  try {
    return await engine.request<Live>("GET", `${path}/${encodeURIComponent(id)}`, { signal });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw describeFailure(`Unable to read ${noun} ${id}`, error);
  }
}

async function remove<Spec extends { Name: string }, Live>(
  engine: Engine,
  { noun, path, isInUse, release }: FixedKind<Spec, Live>,
  id: string,
  { signal, log }: Call,
): Promise<void> {
  try {
    await retryWhile(
      () => engine.request("DELETE", `${path}/${encodeURIComponent(id)}`, { signal }),
      (error) => {
        if (isInUse(error)) log.status(`waiting for ${release}`);
        return isInUse(error);
      },
      { deadlineMs: RELEASE_DEADLINE_MS, signal },
    );
  } catch (error) {
    if (isNotFound(error)) return;
    throw describeFailure(`Unable to remove ${noun} ${id}`, error);
  }
}
