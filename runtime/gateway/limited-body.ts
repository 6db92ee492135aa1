import type { IncomingMessage } from "node:http";
import { PassThrough, type Readable, Transform } from "node:stream";
import { bodyTooLarge } from "./stages/guard.ts";

/**
 * The request's body as a stream of its own, so that what happens to it does not happen to the client's connection. A body that
 * does not say its length is counted on the way, and fails with `body_too_large` beyond the limit; one that does cannot
 * be longer than it said.
 */
export function limitedBody(request: IncomingMessage, maxBytes: number): Readable {
  const isMeasured = request.headers["content-length"] !== undefined;
  const stream = isMeasured ? new PassThrough() : countingStream(maxBytes);
  // Whoever sends it on listens, but may be done with it before the client is.
  stream.on("error", () => undefined);
  request.pipe(stream);
  request.once("error", (error) => stream.destroy(error));
  return stream;
}

function countingStream(maxBytes: number): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen > maxBytes) done(bodyTooLarge(maxBytes));
      else done(null, chunk);
    },
  });
}
