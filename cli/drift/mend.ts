import type Docker from "dockerode";
import { tolerating } from "../engine/tolerating.ts";
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

/** @throws UserError where something that is not ours is in the way of a deploy */
export function refuseStrangers(drift: readonly DriftItem[]): void {
  const byHand = drift.flatMap((it) => it.byHand ?? []);
  if (byHand.length > 0) throw new UserError(byHand.join("\n"));
}

/** Does on the engine what Pulumi cannot: lets paused containers go on, and takes strangers out of the stack's networks. */
export async function prepareMending(client: Docker, drift: readonly DriftItem[]): Promise<void> {
  await Promise.all(
    drift.flatMap(({ preparation }) =>
      preparation === undefined ? [] : [prepare(client, preparation)],
    ),
  );
}

const answerDeadlineMs = 30_000;

async function prepare(client: Docker, work: Preparation): Promise<void> {
  const abortSignal = AbortSignal.timeout(answerDeadlineMs);
  const answer =
    work.kind === "resume"
      ? client.getContainer(work.container).unpause({ abortSignal })
      : client
          .getNetwork(work.network)
          .disconnect({ Container: work.container, Force: true, abortSignal });
  // Gone, or not paused any more: somebody was quicker.
  await tolerating([404, 409], answer);
}
