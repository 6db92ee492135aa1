import { type Server, STATUS_CODES } from "node:http";
import { headers } from "../../catalog/endpoints.ts";
import type { Random } from "./clock.ts";
import { acceptCorrelationId } from "./correlation.ts";
import { errorBody, Problem } from "./errors.ts";

/**
 * Answers what a service's HTTP parser refuses like every other error: as JSON, with a correlation id. Then the connection
 * ends, since nobody knows where the next request would begin. Only who reaches a service directly can see this: the
 * gateway passes on nothing malformed.
 */
export function answerMalformed(server: Server, service: string, random: Random): void {
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (error.code === "ECONNRESET" || !socket.writable) {
      socket.destroy();
      return;
    }
    const problem = new Problem(codes[error.code ?? ""] ?? "malformed_request");
    const correlationId = acceptCorrelationId(undefined, random);
    const body = JSON.stringify(errorBody(problem, service, correlationId));
    const lines = [
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ""}`,
      "content-type: application/json",
      `content-length: ${Buffer.byteLength(body)}`,
      `${headers.correlationId}: ${correlationId}`,
      "connection: close",
    ];
    socket.end(`${lines.join("\r\n")}\r\n\r\n${body}`);
    // A peer that never ends its side would keep the socket open for as long as it likes.
    setTimeout(() => socket.destroy(), lingerMs).unref();
  });
}

/** Time for the peer to read the answer before the connection is reset. */
const lingerMs = 500;

const codes: Readonly<Record<string, Problem["code"]>> = {
  HPE_HEADER_OVERFLOW: "headers_too_large",
  ERR_HTTP_REQUEST_TIMEOUT: "request_timeout",
};
