/** A build or a pull that takes longer than this hangs: a registry that went silent, a stuck step. */
const DEFAULT_DEADLINE_MS = 30 * 60_000;

/**
 * Limits a call in time.
 *
 * @param signal the call's own signal
 * @param timeoutMs the user's `customTimeouts`; 30 minutes if there is none
 */
export function withDeadline(signal: AbortSignal, timeoutMs: number | undefined): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(timeoutMs ?? DEFAULT_DEADLINE_MS)]);
}

/**
 * Why an aborted call was aborted, in a sentence for the user; `undefined` if it was not aborted.
 *
 * @param task what was being done, for example `building contract/app:1`
 */
export function reasonOfAbort(signal: AbortSignal, task: string): string | undefined {
  if (!signal.aborted) return undefined;
  const reason: unknown = signal.reason;
  return reason instanceof Error && reason.name === "TimeoutError"
    ? `${task} took too long and was given up; raise customTimeouts of the resource if it needs more`
    : `${task} was cancelled`;
}
