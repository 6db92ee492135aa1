import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { connectEngine } from "../engine/engine-client.ts";
import { pullImage, type PullDeadlines, type PullResult } from "./pull-image.ts";

let folder: string;
let server: Server;
let answer: RequestListener;
let said: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "at-"));
  said = [];
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(join(folder, "e.sock"), resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

function pull(deadlines?: PullDeadlines): Promise<PullResult> {
  const docker = connectEngine({ host: `unix://${join(folder, "e.sock")}` });
  return pullImage(docker, "registry.example:5000/redis:7.2", (text) => said.push(text), deadlines);
}

const lines = (...events: object[]): string =>
  events.map((event) => `${JSON.stringify(event)}\n`).join("");

const notReached = "its registry cannot be reached from the engine";

test("asks the engine for name and tag, and passes its progress on", async () => {
  let asked: string | undefined;
  answer = (request, response) => {
    asked = request.url;
    response.write('{"status": "Pulling from redis"}\n{"status": "Down');
    response.end('loading", "progress": "[=> ] 1/2"}\n');
  };
  expect(await pull()).toEqual({ ok: true });
  expect(asked).toBe("/images/create?fromImage=registry.example%3A5000%2Fredis&tag=7.2");
  expect(said).toEqual(["Pulling from redis", "Downloading [=> ] 1/2"]);
});

test("an error in the middle of the answer is a failed pull of a registry that answers", async () => {
  answer = (_request, response) =>
    response.end(lines({ status: "Pulling" }, { error: "toomanyrequests: rate limit" }));
  expect(await pull()).toEqual({
    ok: false,
    reachable: true,
    reason: "toomanyrequests: rate limit",
  });
});

test.each([
  [404, "manifest unknown", true],
  [500, "Get https://registry.example/v2/: dial tcp: lookup registry.example: no such host", false],
  [500, "Get https://registry.example/v2/: net/http: TLS handshake timeout", false],
])("HTTP %s with %j: reachable is %s", async (status, message, reachable) => {
  answer = (_request, response) =>
    response
      .writeHead(status, { "content-type": "application/json" })
      .end(JSON.stringify({ message }));
  const result = await pull();
  expect(result).toEqual({ ok: false, reachable, reason: reachable ? message : notReached });
});

test("a registry that does not answer, and one that stops, are given up", async () => {
  answer = () => undefined;
  expect(await pull({ answerWithinMs: 50 })).toEqual({
    ok: false,
    reachable: false,
    reason: notReached,
  });
  answer = (_request, response) => response.write(lines({ status: "Pulling" }));
  expect(await pull({ stallMs: 50 })).toEqual({
    ok: false,
    reachable: true,
    reason: "no progress within 0.05 s",
  });
});
