import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ResourceError } from "../plugin/errors.ts";
import { describeFailure, isConflict, isNotFound, messageOf } from "./engine-error.ts";
import { Engine, compareVersions } from "./engine.ts";
import { startFakeEngine } from "./testing/fake-engine.ts";
import type { FakeEngine } from "./testing/fake-engine.ts";

const signal = new AbortController().signal;

let folder: string;
let fake: FakeEngine | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "engine-test-"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await fake?.close();
  fake = undefined;
  rmSync(folder, { recursive: true });
});

describe("an engine", () => {
  test("tells what it is, once", async () => {
    let asked = 0;
    const version = { body: { ApiVersion: "1.43", Os: "linux", Arch: "arm64" } };
    fake = await startFakeEngine({ "GET /version": () => (asked++, version) });
    expect(await fake.engine.facts(signal)).toEqual({
      apiVersion: "1.43",
      os: "linux",
      arch: "arm64",
    });
    expect([
      await fake.engine.speaks("1.43", signal),
      await fake.engine.speaks("1.44", signal),
    ]).toEqual([true, false]);
    expect(asked).toBe(1);
  });

  test("is the configured one, whatever DOCKER_HOST says", async () => {
    vi.stubEnv("DOCKER_HOST", "tcp://127.0.0.1:1");
    fake = await startFakeEngine({});
    expect(fake.engine.address).toMatch(/^unix:\/\//);
  });

  test("that does not answer is named, with the way out", async () => {
    const socket = join(folder, "absent.sock");
    const configuring = new Engine().configure({ host: `unix://${socket}` }, signal);
    await expect(configuring).rejects.toThrow(
      `no Docker engine answers at unix://${socket}: connect ENOENT ${socket}. Start the engine, or name another one in docker:host or DOCKER_HOST`,
    );
  });

  test("is not asked where the check is switched off", async () => {
    const config = {
      host: `unix://${join(folder, "absent.sock")}`,
      disableDockerDaemonCheck: "true",
    };
    await expect(new Engine().configure(config, signal)).resolves.toBeUndefined();
  });

  test("must be configured before it is used", () => {
    expect(() => new Engine().docker).toThrow("the provider has not been configured");
  });

  test("gives up a request when its call is aborted", async () => {
    // A server that takes connections and never answers.
    const silent = createServer().listen(join(folder, "silent.sock"));
    const engine = new Engine();
    await engine.configure(
      { host: `unix://${join(folder, "silent.sock")}`, disableDockerDaemonCheck: true },
      signal,
    );
    const abort = new AbortController();
    const asking = engine.request("GET", "/info", { signal: abort.signal });
    silent.once("connection", () => {
      abort.abort();
    });
    await expect(asking).rejects.toThrow("The operation was aborted");
    silent.close();
  });
});

test("an engine is reached through ssh and docker system dial-stdio", async () => {
  fake = await startFakeEngine({ "GET /info": { body: { Name: "far away" } } });
  const socket = fake.engine.address.replace("unix://", "");
  // An ssh that notes its arguments and connects to the fake engine's socket.
  const ssh = join(folder, "ssh");
  writeFileSync(
    ssh,
    `#!${process.execPath}
require("node:fs").appendFileSync(${JSON.stringify(join(folder, "args"))}, process.argv.slice(2).join(" "));
const socket = require("node:net").connect(${JSON.stringify(socket)});
process.stdin.pipe(socket).pipe(process.stdout);
`,
  );
  chmodSync(ssh, 0o755);
  vi.stubEnv("PATH", `${folder}${delimiter}${process.env["PATH"] ?? ""}`);
  const engine = new Engine();
  await engine.configure({ host: "ssh://ops@far.example:2222" }, signal);
  // The second request goes through the same connection.
  for (let i = 0; i < 2; i++) {
    expect(await engine.request<object>("GET", "/info", { signal })).toEqual({ Name: "far away" });
  }
  expect(readFileSync(join(folder, "args"), "utf8")).toBe(
    "-p 2222 -o BatchMode=yes -o ConnectTimeout=30 -T -- ops@far.example docker system dial-stdio",
  );
});

test("an ssh that fails says why", async () => {
  const ssh = join(folder, "ssh");
  writeFileSync(ssh, "#!/bin/sh\necho 'Permission denied (publickey).' >&2\nexit 255\n");
  chmodSync(ssh, 0o755);
  vi.stubEnv("PATH", `${folder}${delimiter}${process.env["PATH"] ?? ""}`);
  const engine = new Engine();
  await engine.configure({ host: "ssh://ops@far.example" }, signal);
  await expect(engine.facts(signal)).rejects.toThrow(
    "no Docker engine answers at ssh://ops@far.example: ssh ended with status 255: Permission denied (publickey).",
  );
});

test.each([
  ["1.41", "1.44", -1],
  ["1.9", "1.41", -1],
  ["1.44", "1.44", 0],
  ["2", "1.44", 1],
])("version %s compared with %s is %i", (a, b, sign) => {
  expect(Math.sign(compareVersions(a, b))).toBe(sign);
});

describe("errors of the engine", () => {
  const refused = Object.assign(new Error("(HTTP code 409) unexpected - in use "), {
    statusCode: 409,
    json: { message: "volume is in use" },
  });

  test("are told in the engine's own words", () => {
    expect(messageOf(refused)).toBe("volume is in use");
    expect(
      messageOf(
        Object.assign(new Error("(HTTP code 500) server error - broken "), {
          statusCode: 500,
          json: null,
        }),
      ),
    ).toBe("broken");
    expect(messageOf(new Error("connect ENOENT"))).toBe("connect ENOENT");
    expect(messageOf("text")).toBe("text");
  });

  test("are understood if the engine has answered, and not if the connection broke", () => {
    expect(describeFailure("Unable to x", refused)).toBeInstanceOf(ResourceError);
    expect(describeFailure("Unable to x", new Error("ECONNRESET"))).not.toBeInstanceOf(
      ResourceError,
    );
    expect([isConflict(refused), isNotFound(refused)]).toEqual([true, false]);
  });
});
