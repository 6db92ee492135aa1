import type Docker from "dockerode";
import { isNotFound } from "../../validation/probes/not-found.ts";
import { UserError } from "../setup/user-error.ts";
import type { DriftItem, Preparation } from "./drift-item.ts";

/**
 * Arguments for `pulumi up` that mend the drift. What a refresh sees is refreshed, so that the program's next run puts it
 * right; what it cannot see needs a new container. A container that the state will have forgotten after the refresh is
 * made anyway.
 */
export function mendingArguments(drift: readonly DriftItem[]): readonly string[] {
  const forgotten = new Set(drift.filter(isForgotten).map(({ urn }) => urn));
  const replaced = new Set(
    drift
      .filter(({ kind, mend, urn }) => {
        return kind === "container" && mend === "replace" && !forgotten.has(urn);
      })
      .map(({ urn }) => urn),
  );
  const isRefreshed = drift.some(
    ({ kind, mend, urn }) =>
      ["update", "start", "create"].includes(mend) ||
      forgotten.has(urn) ||
      (kind === "network" && mend === "replace"),
  );
  return [
    ...(isRefreshed ? ["--refresh"] : []),
    ...[...replaced].sort().flatMap((urn) => ["--replace", urn]),
  ];
}

/** The deployed thing is gone, and a refresh takes it out of the state. */
function isForgotten({ kind, property, mend }: DriftItem): boolean {
  return mend === "create" || property === kind;
}

/**
 * Does on the engine what Pulumi cannot: lets paused containers go on, takes strangers out of the stack's networks, and
 * makes room where a container or network was made by hand under a name of ours.
 * @throws UserError before anything is done, where something that is not ours is in the way
 */
export async function prepareMending(client: Docker, drift: readonly DriftItem[]): Promise<void> {
  const preparations = drift.flatMap((it) => it.preparations ?? []);
  const refusals = preparations.flatMap((it) => (it.kind === "refuse" ? [it.message] : []));
  if (refusals.length > 0) throw new UserError(refusals.join("\n"));
  // A network is empty before it goes.
  for (const kind of ["resume", "disconnect", "remove-container", "remove-network"] as const) {
    await Promise.all(
      preparations.filter((it) => it.kind === kind).map((it) => prepare(client, it)),
    );
  }
}

const answerDeadlineMs = 30_000;

async function prepare(client: Docker, work: Preparation): Promise<void> {
  try {
    await doOnEngine(client, work);
  } catch (error) {
    if (!isAlreadyDone(error)) throw error;
  }
}

async function doOnEngine(client: Docker, work: Preparation): Promise<void> {
  const abortSignal = AbortSignal.timeout(answerDeadlineMs);
  switch (work.kind) {
    case "resume":
      await client.getContainer(work.container).unpause({ abortSignal });
      return;
    case "disconnect":
      await client
        .getNetwork(work.network)
        .disconnect({ Container: work.container, Force: true, abortSignal });
      return;
    case "remove-container": {
      const container = client.getContainer(work.container);
      const { graceSeconds } = work;
      await container
        .stop({
          t: graceSeconds,
          abortSignal: AbortSignal.timeout(graceSeconds * 1000 + answerDeadlineMs),
        })
        .catch((error: unknown) => {
          if (!isAlreadyDone(error)) throw error;
        });
      await container.remove({ force: true, v: true, abortSignal });
      return;
    }
    case "remove-network":
      await client.getNetwork(work.network).remove({ abortSignal });
      return;
    case "refuse":
      throw new UserError(work.message);
  }
}

/** Stopped already (304), gone already (404), or being removed by somebody else (409). */
function isAlreadyDone(error: unknown): boolean {
  return (
    isNotFound(error) || [304, 409].includes((error as { statusCode?: number }).statusCode ?? 0)
  );
}
