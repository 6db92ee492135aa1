import { describeFailure } from "../engine-error.ts";
import type { Engine } from "../engine.ts";
import { readLogs } from "./logs.ts";

/**
 * Waits until a container has ended, for one-shot containers (`attach`).
 *
 * @returns what it has written, empty without `withLogs`
 */
export async function waitForEnd(
  engine: Engine,
  id: string,
  { withLogs, signal }: { readonly withLogs: boolean; readonly signal: AbortSignal },
): Promise<string> {
  await engine.request("POST", `/containers/${id}/wait`, { signal }).catch((error: unknown) => {
    throw describeFailure("Unable to wait for the container's end", error);
  });
  return withLogs ? readLogs(engine, id, { signal }) : "";
}
