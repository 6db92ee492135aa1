import { ResourceError } from "../plugin/errors.ts";

/** An error as dockerode throws it: the engine's status and its own words. */
interface EngineFailure {
  readonly statusCode: number;
  readonly json?: { readonly message?: string } | string | null;
  readonly reason?: string;
}

/** The engine's own words if it answered with an error, or else the error's message. */
export function messageOf(error: unknown): string {
  if (isEngineFailure(error)) {
    const { json } = error;
    const message = typeof json === "object" ? json?.message : json;
    if (message !== undefined && message !== "") return message.trim();
  }
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/^\(HTTP code \d+\) .*? - /, "").trim();
}

/** True if the engine answered that there is no such object. */
export function isNotFound(error: unknown): boolean {
  return isEngineFailure(error) && error.statusCode === 404;
}

/** True if the engine refused because of a conflict, such as an object that is being removed. */
export function isConflict(error: unknown): boolean {
  return isEngineFailure(error) && error.statusCode === 409;
}

/**
 * Wraps an error of the engine for the user. What the engine refused is a `ResourceError`, since
 * nothing has happened; a broken connection stays an ordinary error, since something may have.
 *
 * @param task what was tried, for example `Unable to create network ct-net`
 */
export function describeFailure(task: string, error: unknown): Error {
  const message = `${task}: ${messageOf(error)}`;
  return isEngineFailure(error)
    ? new ResourceError(message, { cause: error })
    : new Error(message, { cause: error });
}

function isEngineFailure(error: unknown): error is EngineFailure {
  return (
    typeof error === "object" &&
    error !== null &&
    typeof (error as { statusCode?: unknown }).statusCode === "number"
  );
}
