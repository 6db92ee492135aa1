import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { systemRandom } from "./clock.ts";
import { answerMalformed } from "./malformed.ts";

const server = createServer((_request, response) => response.end("well"));
beforeEach(async () => {
  answerMalformed(server, "trading", systemRandom);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(() => {
  server.removeAllListeners("clientError");
  server.closeAllConnections();
  server.close();
});

it.each([
  ["no HTTP", "what is this\r\n\r\n", 400, "malformed_request"],
  [
    "both lengths",
    "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n",
    400,
    "malformed_request",
  ],
  [
    "a head that is too large",
    `GET / HTTP/1.1\r\nhost: a\r\nx: ${"y".repeat(20_000)}\r\n\r\n`,
    431,
    "headers_too_large",
  ],
])(
  "answers %s as JSON with a correlation id, and ends the connection",
  async (_what, sent, status, code) => {
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    socket.write(sent);
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    const [head = "", body = ""] = Buffer.concat(chunks).toString().split("\r\n\r\n");
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    const correlationId = /x-correlation-id: (req_[0-9a-f]{16})/.exec(head)?.[1];
    expect(correlationId).toBeDefined();
    expect(JSON.parse(body)).toMatchObject({ error: { code, service: "trading", correlationId } });
  },
);

it("keeps no connection whose peer does not end its side", async () => {
  const { port } = server.address() as AddressInfo;
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  socket.on("error", () => undefined);
  socket.resume().write("what is this\r\n\r\n");
  await once(socket, "end");
  await expect.poll(openConnections, { timeout: 5000 }).toBe(0);
  socket.destroy();
});

function openConnections(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  server.getConnections((_error, count) => resolve(count));
  return promise;
}
