import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHttpClient, noAnswer, type HttpClient } from "./http-client.ts";

describe("ways to ports", () => {
  let folder: string;
  let server: Server;
  let http: HttpClient;
  const { signal } = new AbortController();

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "astratrade-ways-"));
    const socketPath = join(folder, "way.sock");
    server = createServer((request, response) => response.end(`${request.headers.host} has it`));
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
    http = createHttpClient(
      new Map([
        ["127.0.0.1:8000", { socketPath }],
        ["127.0.0.1:9090", { closed: "There is no way there." }],
      ]),
    );
  });

  afterEach(async () => {
    http.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  });

  it("goes through the socket that leads there", async () => {
    const answer = await http.send({ url: "http://127.0.0.1:8000/health", signal });
    expect(answer).toMatchObject({ status: 200, text: "127.0.0.1:8000 has it" });
  });

  it("says why there is none", async () => {
    const answer = await http.send({ url: "http://127.0.0.1:9090/-/ready", signal });
    expect(answer).toMatchObject({ status: noAnswer, text: "There is no way there." });
  });
});
