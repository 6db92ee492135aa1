import { setTimeout as sleep } from "node:timers/promises";

const STEP_MS = 250;

/**
 * Tries again while the engine refuses with something that passes by itself, such as a volume whose
 * container is just being removed.
 *
 * @param isPassing tells the errors that are worth waiting for
 * @throws the last error when the deadline has passed, and any other error at once
 */
export async function retryWhile<Result>(
  attempt: () => Promise<Result>,
  isPassing: (error: unknown) => boolean,
  { deadlineMs, signal }: { readonly deadlineMs: number; readonly signal: AbortSignal },
): Promise<Result> {
  const endsAt = Date.now() + deadlineMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isPassing(error) || Date.now() + STEP_MS > endsAt) throw error;
      await sleep(STEP_MS, undefined, { signal });
    }
  }
}
