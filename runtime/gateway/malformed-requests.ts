import { type Server, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { headers } from "../../catalog/endpoints.ts";
import type { Random } from "../kit/clock.ts";
import { acceptCorrelationId } from "../kit/correlation.ts";
import { errorBody, errorHeaders, Problem } from "../kit/errors.ts";
import { jsonType } from "./answer.ts";
import type { ConnectionOrder } from "./connection-order.ts";
import { securityHeaders } from "./security-headers.ts";

export interface MalformedOptions {
  readonly order: ConnectionOrder;
  readonly random: Random;
  /** Longest address, in bytes: one that alone overflows the parser's buffer is told so. */
  readonly maxUrlBytes: number;
  /** Told of each refusal, since such requests never reach the pipeline, which counts the others. */
  readonly onRefused: (problem: Problem, correlationId: string) => void;
}

/**
 * Answers what Node's parser refuses, and what would take the connection out of HTTP: as JSON, as everywhere, and then the
 * connection ends, since nobody knows where the next request would begin. The requests before it on the same connection
 * are answered first: an answer that overtook theirs would be taken for theirs.
 */
export function refuseMalformed(server: Server, options: MalformedOptions): void {
  const { order, random, onRefused } = options;
  const refused = new WeakSet<Duplex>();

  function refuse(socket: Duplex, problem: Problem, packet: string): void {
    if (refused.has(socket)) return;
    refused.add(socket);
    socket.on("error", () => undefined);
    order.whenTurnComes(socket, () => {
      const offered = correlationField.exec(packet)?.[1];
      const correlationId = acceptCorrelationId(offered, random);
      onRefused(problem, correlationId);
      socket.end(render(problem, correlationId));
      setTimeout(() => socket.destroy(), lingerMs).unref();
    });
  }

  server.on("clientError", (error: ClientError, socket) => {
    const { code = "" } = error;
    // The client is gone: there is nobody to tell.
    if (code === "ECONNRESET" || code === "EPIPE" || !socket.writable) {
      socket.destroy();
      return;
    }
    const packet = error.rawPacket?.toString("latin1") ?? "";
    refuse(socket, describe(code, packet, options), packet);
  });
  server.on("connect", (_request, socket) => {
    const message =
      "CONNECT is not served: this is a gateway to the platform's services, no proxy.";
    refuse(socket, new Problem("method_not_supported", { message }), "");
  });
}

interface ClientError extends Error {
  readonly code?: string;
  /** What the parser was reading. */
  readonly rawPacket?: Buffer;
}

function describe(code: string, packet: string, { maxUrlBytes }: MalformedOptions): Problem {
  if (code === "HPE_HEADER_OVERFLOW") {
    const endOfLine = packet.indexOf("\r\n");
    const isUrl = requestLine.test(packet) && (endOfLine === -1 || endOfLine > maxUrlBytes);
    return new Problem(isUrl ? "uri_too_long" : "headers_too_large");
  }
  if (code === "HPE_CHUNK_EXTENSIONS_OVERFLOW") return new Problem("body_too_large");
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return new Problem("request_timeout");
  return new Problem("malformed_request");
}

function render(problem: Problem, correlationId: string): string {
  const body = JSON.stringify(errorBody(problem, "gateway", correlationId));
  const fields: string[] = [
    ...["content-type", jsonType],
    ...["content-length", String(Buffer.byteLength(body))],
    ...[headers.correlationId, correlationId],
    ...["connection", "close"],
    ...["cache-control", "no-store"],
    ...securityHeaders,
    ...Object.entries(errorHeaders(problem)).flat(),
  ];
  let head = `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ""}\r\n`;
  for (let index = 0; index + 1 < fields.length; index += 2) {
    head += `${fields[index] ?? ""}: ${fields[index + 1] ?? ""}\r\n`;
  }
  return `${head}\r\n${body}`;
}

const requestLine = /^[A-Z]+ \S/;
const correlationField = /\r\nx-correlation-id:[ \t]*([A-Za-z0-9._-]{1,64})[ \t]*\r\n/i;

/** Time for the client to read the answer before the connection is reset. */
const lingerMs = 500;
