/**
 * Every error a client can meet: status and text. Answers are matched on the code; the text is for people and may change.
 * `Problem` of a 5xx never tells anything internal: the cause goes to the log.
 */
const table = {
  invalid_request: { status: 400, message: "The request is not valid." },
  malformed_request: { status: 400, message: "This is not valid HTTP." },
  upgrade_not_supported: { status: 400, message: "Connections cannot be upgraded here." },
  invalid_json: { status: 400, message: "The body is not valid JSON." },
  invalid_path: { status: 400, message: "The path is not one this server takes." },
  invalid_identity: { status: 400, message: "The user id is not valid." },
  identity_missing: { status: 401, message: "The request does not say who asks." },
  token_invalid: { status: 401, message: "The token is not valid." },
  token_expired: { status: 401, message: "The token has expired. Log in again." },
  not_allowed: { status: 403, message: "This is not yours to change." },
  operators_only: { status: 403, message: "This page is for operators." },
  origin_not_allowed: { status: 403, message: "Pages of this origin may not ask here." },
  unknown_route: { status: 404, message: "There is nothing at this path." },
  not_found: { status: 404, message: "There is no such thing." },
  method_not_allowed: { status: 405, message: "The path does not take this method." },
  method_not_supported: { status: 405, message: "The method is not one this server takes." },
  request_timeout: { status: 408, message: "The request did not come in time." },
  conflict: { status: 409, message: "The request does not fit the present state." },
  body_too_large: { status: 413, message: "The body is too large." },
  uri_too_long: { status: 414, message: "The address is too long." },
  unsupported_media_type: { status: 415, message: "The body must be JSON." },
  expectation_failed: { status: 417, message: "The only expectation known here is 100-continue." },
  idempotency_key_reused: {
    status: 422,
    message: "The idempotency key was used before, with another body.",
  },
  rate_limited: { status: 429, message: "There were too many requests. Try again later." },
  headers_too_large: { status: 431, message: "The headers are too large." },
  internal_error: { status: 500, message: "Something went wrong on our side." },
  upstream_failed: { status: 502, message: "The service ended the connection without an answer." },
  service_unavailable: { status: 503, message: "The service is not available." },
  overloaded: { status: 503, message: "Too many requests are under way. Try again in a second." },
  keys_unavailable: { status: 503, message: "Tokens cannot be checked at the moment." },
  datastore_unavailable: { status: 503, message: "The datastore is not available." },
  deadline_exceeded: {
    status: 504,
    message: "The time that the request gave for its answer is over.",
  },
  upstream_timeout: { status: 504, message: "The service did not answer in time." },
} as const;

export type ErrorCode = keyof typeof table;

/** Seconds after which trying again makes sense: instances heartbeat every 2 s and start within a few seconds. */
export const retryAfterSeconds = 5;

export interface ProblemOptions {
  /** What exactly is wrong, and the way out. @default the table's text */
  readonly message?: string;
  /** Further fields of the answer's `error` object. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** When trying again makes sense, where that is known. */
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

/** An error that is an answer: an entry of the table, with what is particular to this case. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly code: ErrorCode;
  readonly status: (typeof table)[ErrorCode]["status"];
  readonly details: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, options: ProblemOptions = {}) {
    const { message, details = {}, retryAfterSeconds, cause } = options;
    super(message ?? table[code].message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
    this.status = table[code].status;
    this.details = details;
  }
}

/** @returns the error itself when it is an answer already, otherwise an `internal_error` with it as cause */
export function toProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem("internal_error", { cause: error });
}

/** The error's message and those of what caused it, from the outside in. */
export function describeCauses(error: unknown): string {
  if (!(error instanceof Error)) return `no error, but ${typeof error}`;
  return error.cause === undefined
    ? error.message
    : `${error.message}: ${describeCauses(error.cause)}`;
}

export interface ErrorBody {
  readonly error: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly service: string;
    readonly correlationId: string;
    readonly [detail: string]: unknown;
  };
}

/** The body of the answer; `service` is the one that the error is about. */
export function errorBody(problem: Problem, service: string, correlationId: string): ErrorBody {
  return {
    error: {
      code: problem.code,
      message: problem.message,
      service,
      correlationId,
      ...problem.details,
    },
  };
}

/** Headers that go with the answer, beside those every answer has. */
export function errorHeaders(problem: Problem): Record<string, string> {
  const { status, code } = problem;
  const seconds = problem.retryAfterSeconds ?? (status === 503 ? retryAfterSeconds : undefined);
  if (seconds !== undefined) return { "retry-after": String(seconds) };
  if (code === "method_not_allowed") return { allow: "GET, HEAD" };
  if (code === "method_not_supported") return { allow: methods.join(", ") };
  if (status === 401) return { "www-authenticate": challenge(problem) };
  return {};
}

/** Methods that are known here; which of them a path takes is for its owner to say. */
export const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

/** RFC 6750, section 3: without a token there is nothing to say about it. */
function challenge({ code, message }: Problem): string {
  if (code === "identity_missing") return "Bearer";
  return `Bearer error="invalid_token", error_description="${message.replaceAll(/["\\]|[^ -~]/g, "'")}"`;
}
