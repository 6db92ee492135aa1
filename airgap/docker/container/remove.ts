import type { Call, DeleteRequest } from "../../plugin/resource.ts";
import { describeFailure, isConflict, isNotFound } from "../engine-error.ts";
import type { Engine } from "../engine.ts";
import { retryWhile } from "../retry-while.ts";
import { asBoolean, asNumber } from "../schema/read-values.ts";
import { inspectContainer } from "./inspect.ts";

/**
 * Stops a container if the state has `destroyGraceSeconds`, and removes it, with its anonymous
 * volumes unless `removeVolumes` is false. Without a grace time its processes are killed.
 */
export async function removeContainer(
  engine: Engine,
  { id, properties }: DeleteRequest,
  call: Call,
): Promise<void> {
  const { signal } = call;
  const graceSeconds = asNumber(properties["destroyGraceSeconds"]);
  try {
    if (graceSeconds > 0 && !asBoolean(properties["attach"])) {
      call.log.status(`stopping, up to ${graceSeconds} s`);
      await engine.request("POST", `/containers/${id}/stop`, {
        query: { t: graceSeconds },
        signal,
      });
    }
    const query = { force: true, v: properties["removeVolumes"] !== false };
    await engine.request("DELETE", `/containers/${id}`, { query, signal });
  } catch (error) {
    if (isNotFound(error)) return;
    // Somebody else is removing it, such as the engine itself for a container with `rm`.
    if (!isConflict(error)) throw describeFailure(`Unable to remove container ${id}`, error);
    await waitUntilGone(engine, id, signal);
  }
}

const REMOVAL_DEADLINE_MS = 20_000;

async function waitUntilGone(engine: Engine, id: string, signal: AbortSignal): Promise<void> {
  const stillThere = new Error(
    `container ${id} is still there ${REMOVAL_DEADLINE_MS / 1_000} s after its removal began`,
  );
  await retryWhile(
    async () => {
      if ((await inspectContainer(engine, id, signal)) !== undefined) throw stillThere;
    },
    (error) => error === stillThere,
    { deadlineMs: REMOVAL_DEADLINE_MS, signal },
  );
}
