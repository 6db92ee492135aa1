import type { IncomingMessage, ServerResponse } from "node:http";
import { isBodyUnread } from "./stage.ts";

/**
 * What happens to the rest of a request's body when the answer is given before it has come.
 * `nothing`: it has come. `drain`: it is short, and is read and dropped, so that the connection can be used again.
 * `close`: it is long, or nobody knows how long, or the client waits to be asked for it; the connection ends.
 */
export type BodyRest = "nothing" | "drain" | "close";

export function bodyRest(request: IncomingMessage): BodyRest {
  if (!isBodyUnread(request)) return "nothing";
  const { headers } = request;
  const isShort = Number(headers["content-length"] ?? Number.NaN) <= drainBytes;
  return isShort && headers.expect === undefined ? "drain" : "close";
}

/**
 * Ends an answer whose head is written, before the request's body has come; for `close`, the head must have said so. A
 * connection that is closed while data is on its way is reset, and the client may lose the answer that it was sent. So the
 * answer goes out whole, and the connection stays until the client has seen it: it leaves or stops sending, or the time or
 * the bytes that it gets for that are used up.
 */
export function endEarly(
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer | string | undefined,
  rest: BodyRest,
): void {
  request.unpipe();
  request.resume();
  if (rest !== "close") {
    response.end(body);
    return;
  }
  if (body === undefined || body.length === 0) response.flushHeaders();
  else response.write(body);
  let seen = 0;
  const end = (): void => {
    clearTimeout(timer);
    request.off("data", count);
    response.end();
  };
  const count = (chunk: Buffer): void => {
    seen += chunk.length;
    if (seen > lingerBytes) end();
  };
  const timer = setTimeout(end, lingerMs);
  request.on("data", count);
  request.once("end", end);
  response.once("close", end);
}

const drainBytes = 64 * 1024;
const lingerBytes = 4 * 1024 * 1024;
const lingerMs = 1000;
