import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { pinFile } from "../../../catalog/home.ts";
import { resolvePaths, type Paths } from "../../paths.ts";
import { probeState } from "./state.ts";

let paths: Paths;
beforeEach(() => {
  const home = mkdtempSync(join(tmpdir(), "astratrade-state-"));
  paths = resolvePaths({ env: { ASTRATRADE_HOME: home } });
});
afterEach(() => {
  rmSync(paths.home, { recursive: true });
});

const look = () => probeState(paths, "dev", { env: {}, lock: true });

function write(path: string, content: unknown): void {
  mkdirSync(dirname(path), { recursive: true });
  const isText = typeof content === "string" || Buffer.isBuffer(content);
  writeFileSync(path, isText ? content : JSON.stringify(content));
}

const stackFile = () => join(paths.state, ".pulumi", "stacks", "astratrade", "dev.json");
const id = `sha256:${"a".repeat(64)}`;
const deployed = {
  version: 3,
  checkpoint: {
    latest: {
      resources: [
        { type: "pulumi:pulumi:Stack", urn: "urn" },
        { type: "docker:index/network:Network", urn: "urn", id: "n1" },
        { type: "docker:index/container:Container", urn: "urn", id: "c1" },
        { type: "docker:index/image:Image", urn: "urn", id: "i1", outputs: { repoDigest: id } },
        { type: "random:index/randomPassword:RandomPassword", urn: "urn", id: "none" },
      ],
      pending_operations: [
        { type: "creating", resource: { type: "docker:index/volume:Volume", urn: "urn" } },
      ],
    },
  },
};

test("a home without anything in it", () => {
  expect(look()).toEqual({
    stack: { isKnown: false, ids: [], runtimeImage: null, pendingOperations: 0 },
    lock: null,
    pin: null,
    dataVersions: {},
  });
});

test.each([
  ["plain", (): void => write(stackFile(), deployed)],
  [
    "compressed",
    (): void => write(`${stackFile()}.gz`, gzipSync(Buffer.from(JSON.stringify(deployed)))),
  ],
])("what the state knows of the stack, %s", (_case, prepare) => {
  prepare();
  expect(look().stack).toEqual({
    isKnown: true,
    ids: ["n1", "c1", "i1"],
    runtimeImage: id,
    pendingOperations: 1,
  });
});

test("a state that was taken down, one that is damaged, and one elsewhere", () => {
  write(stackFile(), { version: 3, checkpoint: { stack: "dev", latest: { manifest: {} } } });
  expect(look().stack).toMatchObject({ isKnown: true, ids: [] });
  write(stackFile(), "{");
  expect(look().stack).toBe(null);
  const env = { ASTRATRADE_BACKEND_URL: "s3://state" };
  expect(probeState(paths, "dev", { env, lock: false }).stack).toBe(null);
});

const lockOn = (host: string) => ({
  id: "1",
  owner: "kim",
  host,
  process: { pid: 2 ** 22 + 1, started: "1" },
  command: "npm run up",
  since: new Date().toISOString(),
  pulumi: [],
});

test("a lock of another host, whose processes nobody here can ask, is a live one", () => {
  write(join(paths.locks, "dev.lock"), lockOn("build-2"));
  expect(look().lock?.isLive).toBe(true);
});

test("a lock whose process is gone, and nobody's business where it is not asked for", () => {
  write(join(paths.locks, "dev.lock"), lockOn(hostname()));
  expect(look().lock).toEqual({
    isLive: false,
    description: expect.stringContaining("`npm run up` by kim") as string,
  });
  expect(probeState(paths, "dev", { env: {}, lock: false }).lock).toBe(null);
});

test("a pin and a record of data versions that cannot be read", () => {
  write(pinFile(paths.home, "dev"), "{");
  write(paths.dataVersions, '{"volume": 7}');
  const { pin, dataVersions } = look();
  expect(pin).toEqual({ problem: expect.stringContaining("JSON") as string });
  expect(dataVersions).toEqual({
    problem: expect.stringContaining("does not hold the data version") as string,
  });
});
