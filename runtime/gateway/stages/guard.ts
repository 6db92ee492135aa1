import { methods, Problem } from "../../kit/errors.ts";
import { sendEmpty } from "../answer.ts";
import { type Cors, createCors, isPreflight } from "../cors.ts";
import { pathProblem } from "../path-rules.ts";
import { securityHeaders } from "../security-headers.ts";
import { limits } from "../server-options.ts";
import type { Exchange, Stage } from "../stage.ts";

export interface GuardOptions {
  /** Origins whose pages may read answers; `*` for all. */
  readonly corsOrigins: readonly string[];
  /** Largest body that goes to a service. @default 1 MiB */
  readonly maxBodyBytes?: number;
}

/**
 * Refuses what no service should see, answers preflights, and puts on the headers that every answer has. What is refused here
 * passed Node's parser, which takes both lengths (`Content-Length` beside `Transfer-Encoding`), lengths twice, folded
 * lines and bare line feeds for errors itself.
 */
export function guard({ corsOrigins, maxBodyBytes = limits.bodyBytes }: GuardOptions): Stage {
  const cors = createCors(corsOrigins);

  return function guardStage(exchange, next) {
    const { request, answerHeaders } = exchange;
    for (const field of securityHeaders) answerHeaders.push(field);
    if (cors !== undefined) {
      for (const field of cors.headersFor(request)) answerHeaders.push(field);
    }
    exchange.maxBodyBytes = maxBodyBytes;
    refuseMessage(exchange);
    refuseHeaders(exchange);
    refuseBody(exchange, maxBodyBytes);
    refuseUpgrade(exchange);
    if ((request.url ?? "").length > limits.urlBytes) {
      throw new Problem("uri_too_long", {
        message: `Path and query are longer than ${limits.urlBytes} bytes.`,
      });
    }
    const problem = pathProblem(exchange.path);
    if (problem !== undefined) {
      throw new Problem("invalid_path", { message: `The path ${problem}.` });
    }
    if (cors !== undefined && isPreflight(request)) return answerPreflight(exchange, cors);
    return next();
  };
}

function refuseMessage(exchange: Exchange): void {
  const { method, httpVersionMajor } = exchange.request;
  // A request line without a version passes for HTTP 0.9.
  if (httpVersionMajor !== 1) throw malformed(exchange, "This server speaks HTTP/1.1 and 1.0.");
  if (!knownMethods.has(method ?? "")) {
    throw new Problem("method_not_supported", {
      message: `The method ${method ?? ""} is not served here.`,
    });
  }
}

/**
 * Node keeps the first of a header that may stand once, and the raw list that is sent on has both: gateway and service would go
 * by different ones.
 */
function refuseHeaders(exchange: Exchange): void {
  const { rawHeaders, headers, httpVersionMinor } = exchange.request;
  if (rawHeaders.length > 2 * limits.headerCount) {
    throw new Problem("headers_too_large", {
      message: `The request has more than ${limits.headerCount} headers.`,
    });
  }
  let seen = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    const candidate = singletonsByLength[name.length];
    if (candidate === undefined || name.toLowerCase() !== candidate.name) continue;
    if ((seen & candidate.bit) !== 0) {
      throw malformed(exchange, `The header "${candidate.name}" must not stand more than once.`);
    }
    seen |= candidate.bit;
  }
  const { host, expect } = headers;
  if (host === undefined) {
    if (httpVersionMinor === 1) throw malformed(exchange, 'The header "Host" is missing.');
  } else if (!wellFormedHost.test(host)) {
    throw malformed(
      exchange,
      'The header "Host" must be a name or an address, with or without a port.',
    );
  }
  if (expect !== undefined && expect.toLowerCase() !== "100-continue") {
    throw new Problem("expectation_failed");
  }
}

function refuseBody(exchange: Exchange, maxBodyBytes: number): void {
  const { headers, httpVersionMinor } = exchange.request;
  const coding = headers["transfer-encoding"];
  if (coding !== undefined) {
    if (httpVersionMinor === 0) {
      throw malformed(exchange, "HTTP/1.0 has no transfer codings; say the body's length.");
    }
    if (coding.toLowerCase() !== "chunked") {
      throw malformed(exchange, 'The only transfer coding that is taken here is "chunked".');
    }
  }
  const length = headers["content-length"];
  if (length !== undefined && Number(length) > maxBodyBytes) throw bodyTooLarge(maxBodyBytes);
}

/**
 * `h2c` is an offer that clients such as Java's make with every first request; they go on in HTTP/1.1 when it is not taken up
 * (RFC 9110, section 7.8). Node drops whatever was sent right behind it, so the connection ends with the answer.
 */
function refuseUpgrade({ request, response }: Exchange): void {
  const { upgrade } = request.headers;
  if (upgrade === undefined) return;
  response.setHeader("connection", "close");
  if (upgrade.toLowerCase() === "h2c") return;
  throw new Problem("upgrade_not_supported", {
    message: "Connections cannot be upgraded here: this gateway serves plain HTTP/1.1 requests.",
  });
}

function answerPreflight(exchange: Exchange, cors: Cors): Promise<void> {
  exchange.route = "preflight";
  if (!cors.isAllowed(exchange.request)) throw new Problem("origin_not_allowed");
  for (const field of cors.preflight) exchange.answerHeaders.push(field);
  sendEmpty(exchange);
  return Promise.resolve();
}

/** For bodies whose length is known at once, and for those that turn out to be too long. */
export function bodyTooLarge(maxBytes: number): Problem {
  return new Problem("body_too_large", {
    message: `The body is larger than ${maxBytes / 1024} KiB.`,
  });
}

/** The connection ends with the answer: whoever sends this may see the next request somewhere else than the gateway does. */
function malformed({ response }: Exchange, message: string): Problem {
  response.setHeader("connection", "close");
  return new Problem("malformed_request", { message });
}

const knownMethods: ReadonlySet<string> = new Set(methods);

/** Headers that may stand once, by the length of their names: all other names need not be looked at. */
const singletonsByLength: readonly ({ name: string; bit: number } | undefined)[] = byLength([
  "host",
  "content-type",
  "authorization",
]);

function byLength(names: readonly string[]): ({ name: string; bit: number } | undefined)[] {
  const table = new Array<{ name: string; bit: number } | undefined>(64).fill(undefined);
  names.forEach((name, index) => {
    table[name.length] = { name, bit: 1 << index };
  });
  return table;
}

const wellFormedHost = /^(?:[\w.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;
