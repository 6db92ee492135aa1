import fc from "fast-check";

/** One message of a pipeline, as text of Latin-1. */
export interface Message {
  readonly text: string;
  /** What a well-formed message must be answered with; undefined for one about which nothing is promised. */
  readonly good: GoodMessage | undefined;
}

export interface GoodMessage {
  readonly method: string;
  readonly url: string;
  readonly body: string;
  readonly user: string | undefined;
}

/** Stands in bodies, as a request that nobody sent. It must be seen by no service. */
export const smuggledUrl = "/api/v1/trading/smuggled";
const smuggled = `GET ${smuggledUrl} HTTP/1.1\r\nHost: x\r\nX-User-ID: eve\r\n\r\n`;

const token = fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/);
const headerValue = fc.stringMatching(/^[!-~]([ -~\xa1-\xff]{0,30}[!-~])?$/);
const segment = fc.stringMatching(/^[a-z0-9~_-]{1,10}$/);
const query = fc.oneof(fc.constant(""), fc.stringMatching(/^\?[a-z0-9=&%./\\:;~-]{0,30}$/));
const user = fc.option(fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/), { nil: undefined });
const bodyText = fc.oneof(
  fc.constant(""),
  fc.constant(smuggled),
  fc.constant(`0\r\n\r\n${smuggled}`),
  fc.string({
    maxLength: 200,
    unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  }),
  fc.integer({ min: 1, max: 70_000 }).map((length) => "b".repeat(length)),
);

/** Headers that a client may well send, and that no answer depends on. */
const harmlessHeader = fc.oneof(
  fc
    .tuple(
      token.map((name) => `x-f-${name}`),
      headerValue,
    )
    .map(([name, value]) => `${name}: ${value}`),
  fc.constantFrom(
    "X_User_ID: eve",
    "x_user-id: eve",
    "Connection: X-User-ID, X-Correlation-ID",
    "Connection: keep-alive, traceparent",
    "X-Forwarded-For: 6.6.6.6",
    "Forwarded: for=6.6.6.6",
    "X-Correlation-ID: not one\tat all",
    "X-Correlation-ID: fine-1",
    "traceparent: 00-garbage",
    "TE: trailers",
    "Keep-Alive: timeout=1",
    "Accept-Encoding: gzip",
    "Content-Type: text/plain",
    "X-Request-Deadline-Ms: soon",
  ),
);

const goodMessage: fc.Arbitrary<Message> = fc
  .record({
    method: fc.constantFrom("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"),
    path: fc.array(segment, { minLength: 0, maxLength: 3 }),
    query,
    user,
    headers: fc.uniqueArray(harmlessHeader, {
      maxLength: 6,
      selector: (line) => line.split(":")[0]?.toLowerCase(),
    }),
    body: bodyText,
    chunks: fc.option(fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 1, maxLength: 5 }), {
      nil: undefined,
    }),
  })
  .map(({ method, path, query: search, user: caller, headers, body, chunks }) => {
    const mayHaveBody = method === "POST" || method === "PUT" || method === "PATCH";
    const sent = mayHaveBody ? body : "";
    const url = ["/api/v1/trading", ...path].join("/") + search;
    const framing = !mayHaveBody
      ? []
      : chunks === undefined
        ? [`Content-Length: ${sent.length}`]
        : ["Transfer-Encoding: chunked"];
    const head = [
      `${method} ${url} HTTP/1.1`,
      "Host: gateway:8000",
      ...(caller === undefined ? [] : [`X-User-ID: ${caller}`]),
      ...headers,
      ...framing,
    ];
    const wire = mayHaveBody && chunks !== undefined ? chunked(sent, chunks) : sent;
    return {
      text: `${head.join("\r\n")}\r\n\r\n${wire}`,
      good: { method, url, body: sent, user: caller },
    };
  });

/** Where it is not sure which answer is whose, nobody knows which one has no body. */
const goodButHead = goodMessage.filter(({ good }) => good?.method !== "HEAD");

function chunked(body: string, sizes: readonly number[]): string {
  let wire = "";
  let at = 0;
  for (let index = 0; at < body.length; index += 1) {
    const part = body.slice(at, at + (sizes[index % sizes.length] ?? 1));
    wire += `${part.length.toString(16)}\r\n${part}\r\n`;
    at += part.length;
  }
  return `${wire}0\r\n\r\n`;
}

/** Two ways to see where the message ends, with a request between the two ends. */
const smugglingPair: fc.Arbitrary<Message> = fc
  .tuple(
    fc.shuffledSubarray(
      [
        "Content-Length: 4",
        "Content-Length: 0",
        `Content-Length: ${smuggled.length}`,
        "Content-Length: 4, 4",
        "Content-Length: 04",
        "Content-Length: 0x4",
        "Content-Length : 4",
        "content-length: -1",
        "Transfer-Encoding: chunked",
        "transfer-encoding: chunked",
        "Transfer-Encoding: identity, chunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: gzip",
        "Transfer-Encoding:\x0bchunked",
        "Transfer-Encoding : chunked",
        " Transfer-Encoding: chunked",
        "Transfer_Encoding: chunked",
        "Transfer-Encoding: xchunked",
        "X: y\rTransfer-Encoding: chunked",
        "X: y\nTransfer-Encoding: chunked",
      ],
      { minLength: 2, maxLength: 3 },
    ),
    fc.constantFrom(
      "0\r\n\r\n",
      "4\r\nabcd\r\n0\r\n\r\n",
      "5;x=y\r\nabcde\r\n0\r\n\r\n",
      "",
      "abcd",
      "0\n\n",
    ),
  )
  // One that is understood in one way only, since the other header means nothing, is no pair.
  .filter(([lines]) => lines.filter((line) => !line.startsWith("Transfer_")).length > 1)
  .map(([lines, body]) => ({
    text: `POST /api/v1/trading/pair HTTP/1.1\r\nHost: x\r\n${lines.join("\r\n")}\r\n\r\n${body}${smuggled}`,
    good: undefined,
  }));

const oddStart: fc.Arbitrary<Message> = fc
  .tuple(
    fc.oneof(
      fc.constantFrom("TRACE", "PROPFIND", "M-SEARCH", "get", "G E T", "", "QUERY"),
      fc.string({ maxLength: 8 }),
    ),
    fc.oneof(
      fc.constantFrom(
        ...[
          "*",
          "//",
          "/..",
          "/%2e%2e/",
          "/%",
          "/%00",
          "/\\",
          "http://x/",
          "?",
          "/health#x",
          "/health/../metrics",
        ],
        ...[
          "/api/v1/trading/%65xecute",
          "/api/v1/trading//x",
          "/api/v1/users/%2f",
          `/${"a".repeat(9000)}`,
        ],
      ),
      fc.webPath(),
      fc.string({ maxLength: 40 }).map((text) => `/${text}`),
    ),
    fc.constantFrom("HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/1.9", "http/1.1", ""),
  )
  .filter(([method]) => !/[\r\n]/.test(method) && method !== "CONNECT")
  .map(([method, path, version]) => ({
    text: `${method} ${path} ${version}\r\nHost: gateway\r\n\r\n`,
    good: undefined,
  }));

const oddHeader: fc.Arbitrary<Message> = fc
  .oneof(
    fc.constantFrom(
      ...[
        "Host: again",
        "Expect: x",
        "Expect: 100-continue",
        "Upgrade: websocket",
        "Connection: close",
        ": x",
        "X",
      ],
      ...[
        "Content-Length: 99999999",
        "X-User-ID: a b",
        "X-User-ID: ada\r\nX-User-ID: eve",
        "Authorization: Bearer x",
      ],
      ...["Content-Type: application/json", `X-Large: ${"a".repeat(17_000)}`, "Cookie: a\0b"],
    ),
    fc.string({ maxLength: 60 }),
  )
  .map((line) => ({
    text: `GET /api/v1/trading/odd HTTP/1.1\r\nHost: gateway\r\n${line}\r\n\r\n`,
    good: undefined,
  }));

/** A good message with a few bytes changed, put in or taken out. */
const mutated: fc.Arbitrary<Message> = fc
  .tuple(
    goodButHead.filter(({ text }) => !text.includes(smuggledUrl)),
    fc.array(
      fc.tuple(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(4),
        fc.constantFrom(
          "",
          "\r\n",
          "\n",
          "\0",
          " ",
          ":",
          "0",
          "7",
          "%",
          "\xff",
          "Content-Length: 1\r\n",
          "\r\n\r\n",
        ),
      ),
      { minLength: 1, maxLength: 3 },
    ),
  )
  .map(([{ text }, changes]) => ({
    text: changes.reduce((current, [place, taken, put]) => {
      const at = Math.floor(place * current.length);
      return current.slice(0, at) + put + current.slice(at + taken);
    }, text),
    good: undefined,
  }));

const oddMessage = fc.oneof(smugglingPair, oddStart, oddHeader, mutated);

/** What is sent on one connection: well-formed messages, and perhaps others after or among them. */
export const pipeline: fc.Arbitrary<readonly Message[]> = fc
  .tuple(
    fc.array(goodMessage, { minLength: 0, maxLength: 3 }),
    fc.array(fc.oneof(goodButHead, oddMessage, oddMessage), { minLength: 0, maxLength: 3 }),
  )
  .map(([first, then]) => [...first, ...then])
  .filter((messages) => messages.length > 0);

/** Where the text is cut into packets: parts of its length. */
export const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 });
