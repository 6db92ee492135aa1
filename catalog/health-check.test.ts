import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { runtimeHealthCheck } from "./health-check.ts";

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

async function listen(listener: RequestListener): Promise<number> {
  server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** Runs the check as the engine does. @returns its exit code */
async function check(port: number): Promise<number> {
  const [kind, program = "", ...args] = runtimeHealthCheck(port);
  expect(kind).toBe("CMD");
  const child = spawn(program, args, { stdio: "ignore" });
  const [code] = (await once(child, "exit")) as [number];
  return code;
}

describe("the health check of our image", () => {
  it("passes on 200 from /health/live", async () => {
    let asked = "";
    const port = await listen((request, response) => {
      asked = `${request.method ?? ""} ${request.url ?? ""}`;
      response.end("{}");
    });
    expect(await check(port)).toBe(0);
    expect(asked).toBe("GET /health/live");
  });

  it("fails on any other status", async () => {
    const port = await listen((_request, response) => response.writeHead(503).end());
    expect(await check(port)).not.toBe(0);
  });

  it("fails where nothing listens", async () => {
    const port = await listen(() => undefined);
    server?.close();
    expect(await check(port)).not.toBe(0);
  });

  it("fails within three seconds where the server accepts and never answers", async () => {
    const port = await listen(() => undefined);
    const started = performance.now();
    expect(await check(port)).not.toBe(0);
    expect(performance.now() - started).toBeLessThan(3000);
  });
});
