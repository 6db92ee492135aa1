import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { headers } from "../../../catalog/endpoints.ts";
import type { Random } from "../../kit/clock.ts";
import { acceptCorrelationId } from "../../kit/correlation.ts";
import { errorBody, Problem, toProblem } from "../../kit/errors.ts";
import type { Logger } from "../../kit/logger.ts";
import { type Answer, jsonType } from "../answer.ts";

/** A request to the admin port, after its path was understood. */
export interface AdminCall {
  /** What stands in the path in the place of `<name>`, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly accept: string;
  /** Address of who asks, for the log. */
  readonly peer: string;
  /** Given when who asks has left. */
  readonly signal: AbortSignal;
}

/** One thing that the admin port does. */
export interface AdminRoute {
  readonly method: "GET" | "POST" | "PUT";
  /** `/breakers/<service>/reset` */
  readonly path: string;
  /** For the list at `/`: what it shows or does, with its query. */
  readonly does: string;
  readonly handle: (call: AdminCall) => Answer | Promise<Answer>;
}

export interface AdminHandlerOptions {
  readonly routes: readonly AdminRoute[];
  readonly logger: Logger;
  readonly random: Random;
}

/** Answers with the first route that fits; errors have the form that they have everywhere. `/` lists the routes. */
export function adminHandler({ routes, logger, random }: AdminHandlerOptions): RequestListener {
  const all = [indexOf(routes), ...routes].map((route) => ({ ...route, matches: matcher(route) }));

  async function answerTo(request: IncomingMessage, signal: AbortSignal): Promise<Answer> {
    const url = request.url ?? "/";
    const [path = "/"] = url.split("?", 1);
    const fitting = all.flatMap((route) => {
      const params = route.matches(path);
      return params === null ? [] : [{ route, params }];
    });
    if (fitting.length === 0) {
      throw new Problem("unknown_route", {
        message: `The admin port has nothing at ${path}; \`/\` lists what it has.`,
      });
    }
    const method = request.method === "HEAD" ? "GET" : request.method;
    const found = fitting.find(({ route }) => route.method === method);
    if (found === undefined) {
      const allowed = [...new Set(fitting.map(({ route }) => route.method))];
      throw new Problem("method_not_allowed", {
        message: `${path} takes ${allowed.join(" and ")}, not ${request.method ?? ""}.`,
        details: { allowed },
      });
    }
    return found.route.handle({
      params: found.params,
      query: new URLSearchParams(url.slice(path.length)),
      accept: request.headers.accept ?? "",
      peer: peerOf(request),
      signal,
    });
  }

  return (request, response) => {
    const correlationId = acceptCorrelationId(singleHeader(request), random);
    const left = new AbortController();
    response.on("error", () => undefined);
    response.once("close", () => left.abort());
    // Nothing here takes a body.
    request.resume();
    answerTo(request, left.signal)
      .catch((error: unknown) => {
        const problem = toProblem(error);
        if (problem.code === "internal_error") {
          logger.error({ correlationId, err: problem.cause }, "a bug in the admin port");
        }
        return problemAnswer(problem, correlationId);
      })
      .then((answer) => send(response, answer, request.method === "HEAD", correlationId))
      .catch((error: unknown) => {
        logger.error({ correlationId, err: error }, "the admin port failed");
        response.destroy();
      });
  };
}

export function jsonAnswer(
  body: unknown,
  status = 200,
  extra: Readonly<Record<string, string>> = {},
): Answer {
  // People read this in a terminal.
  return {
    status,
    contentType: jsonType,
    body: `${JSON.stringify(body, null, 2)}\n`,
    headers: extra,
  };
}

function problemAnswer(problem: Problem, correlationId: string): Answer {
  const { allowed } = problem.details;
  return jsonAnswer(
    errorBody(problem, "gateway", correlationId),
    problem.status,
    Array.isArray(allowed) ? { allow: allowed.join(", ") } : {},
  );
}

function send(
  response: ServerResponse,
  { status, contentType, body, headers: extra = {} }: Answer,
  headOnly: boolean,
  correlationId: string,
): void {
  if (response.destroyed) return;
  response.writeHead(status, {
    "content-type": contentType,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    [headers.correlationId]: correlationId,
    ...extra,
  });
  response.end(headOnly ? undefined : body);
}

function indexOf(routes: readonly AdminRoute[]): AdminRoute {
  const list = routes.map(({ method, path, does }) => ({ method, path, does }));
  return { method: "GET", path: "/", does: "this list", handle: () => jsonAnswer({ paths: list }) };
}

/** @returns a function from a path to what stands in its places, or null where it does not fit */
function matcher({
  path: template,
}: AdminRoute): (path: string) => Readonly<Record<string, string>> | null {
  const wanted = template.split("/");
  return (path) => {
    const parts = path.split("/");
    if (parts.length !== wanted.length) return null;
    const params: Record<string, string> = {};
    for (const [index, part] of wanted.entries()) {
      const given = decode(parts[index] ?? "");
      const name = /^<(.+)>$/.exec(part)?.[1];
      if (given === null || (name === undefined ? given !== part : given === "")) return null;
      if (name !== undefined) params[name] = given;
    }
    return params;
  };
}

function decode(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

function peerOf({ socket }: IncomingMessage): string {
  return socket.remoteAddress ?? "unknown";
}

function singleHeader(request: IncomingMessage): string | undefined {
  const offered = request.headers[headers.correlationId];
  return typeof offered === "string" ? offered : undefined;
}
