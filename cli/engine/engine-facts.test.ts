import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { engineFacts, findEngine } from "./engine-facts.ts";

const answers: Record<string, unknown> = {
  "/version": { Version: "29.0.1", ApiVersion: "1.52", Os: "linux", Arch: "arm64" },
  "/info": {
    CgroupVersion: "2",
    SwapLimit: false,
    MemTotal: 8_000_000_000,
    NCPU: 6,
    Driver: "overlayfs",
  },
};
const facts = {
  version: "29.0.1",
  apiVersion: "1.52",
  os: "linux",
  arch: "arm64",
  cgroupVersion: 2,
  swapLimit: false,
  memoryBytes: 8_000_000_000,
  cpus: 6,
  storageDriver: "overlayfs",
};

let userHome: string;
let server: Server;
beforeEach(() => {
  userHome = mkdtempSync(join(tmpdir(), "at-"));
  server = createServer((request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(answers[request.url ?? ""]));
  });
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(userHome, { recursive: true });
});

test("an engine behind a socket is asked for its facts", async () => {
  const socket = join(userHome, "docker.sock");
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const host = `unix://${socket}`;
  expect(await engineFacts({ host })).toEqual({ host, ...facts });
});

test("an engine behind TCP is found through DOCKER_HOST", async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const host = `tcp://127.0.0.1:${address.port}`;
  expect(await findEngine({ env: { DOCKER_HOST: host }, userHome })).toEqual({
    found: true,
    source: "DOCKER_HOST",
    facts: { host, ...facts },
  });
});

test("each address without an engine is listed with its reason", async () => {
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const host = `unix://${userHome}/none.sock`;
  expect(await findEngine({ env: { DOCKER_HOST: host }, userHome })).toEqual({
    found: false,
    attempts: [{ address: { host, source: "DOCKER_HOST" }, reason: "there is no such socket" }],
  });
  expect(await findEngine({ env: { DOCKER_HOST: "pigeon://coop" }, userHome })).toMatchObject({
    found: false,
    attempts: [
      {
        reason:
          'The engine address "pigeon://coop" is of no kind we can reach; use unix://, tcp:// or ssh://.',
      },
    ],
  });
});
