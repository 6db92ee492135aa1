import { once } from "node:events";
import { createServer, type RequestListener, type Server, type ServerResponse } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createDrain } from "./shutdown.ts";
import { waitUntil } from "./testing/wait-until.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(handle: RequestListener): Promise<{ server: Server; port: number }> {
  const server = createServer({ keepAliveTimeout: 60_000 }, handle).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return { server, port: (server.address() as AddressInfo).port };
}

/** A client that keeps its connection, and all that it was sent. */
async function client(port: number) {
  const socket: Socket = connect(port, "127.0.0.1");
  let text = "";
  let ended = false;
  socket.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
  socket.on("close", () => (ended = true));
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return {
    ask: () => socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
    text: () => text,
    isEnded: () => ended,
    answers: () => text.split("HTTP/1.1 200 OK").length - 1,
  };
}

const answer: RequestListener = (_request, response) => {
  response.setHeader("content-length", 2);
  response.end("ok");
};

describe("a drain", () => {
  it("answers what comes on a kept connection, and ends that connection with the answer", async () => {
    const { server, port } = await listen(answer);
    const drain = createDrain(server, { quietMs: 60_000 });
    const one = await client(port);
    one.ask();
    await waitUntil(() => one.answers() === 1, { what: "the first answer" });
    expect(one.text().toLowerCase()).toContain("connection: keep-alive");
    drain.begin();
    const finished = drain.finish();
    one.ask();
    await finished;
    await waitUntil(() => one.isEnded(), { what: "the connection has ended" });
    expect(one.answers()).toBe(2);
    expect(one.text().toLowerCase()).toContain("connection: close");
  });

  it("lets a request under way end, though it is silent for longer than idle connections may be", async () => {
    let waiting: ServerResponse | undefined;
    const { server, port } = await listen((_request, response) => (waiting = response));
    const drain = createDrain(server, { quietMs: 50 });
    const [one, idle] = [await client(port), await client(port)];
    one.ask();
    await waitUntil(() => waiting !== undefined, { what: "the request is under way" });
    drain.begin();
    const finished = drain.finish();
    await waitUntil(() => idle.isEnded(), { what: "the idle connection is closed" });
    expect(one.isEnded()).toBe(false);
    waiting?.end("late");
    await finished;
    expect(one.text()).toContain("late");
  });

  it("takes no new connection", async () => {
    const { server, port } = await listen(answer);
    const drain = createDrain(server, { quietMs: 60_000 });
    const one = await client(port);
    drain.begin();
    const finished = drain.finish();
    await waitUntil(() => !server.listening, { what: "the port is closed" });
    await expect(client(port)).rejects.toThrow("ECONNREFUSED");
    one.ask();
    await finished;
    expect(one.answers()).toBe(1);
  });

  it("has a deadline", async () => {
    const { server, port } = await listen(() => undefined);
    const drain = createDrain(server, { quietMs: 10, deadlineMs: 100 });
    const one = await client(port);
    one.ask();
    drain.begin();
    const startedMs = performance.now();
    await drain.finish();
    expect(performance.now() - startedMs).toBeLessThan(1000);
    await waitUntil(() => one.isEnded(), { what: "the connection is cut off" });
  });
});
