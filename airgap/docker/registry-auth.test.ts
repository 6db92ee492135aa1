import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Value } from "../plugin/values.ts";
import { findCredentials, registryOf } from "./registry-auth.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "registry-auth-"));
  const auth = Buffer.from("filed:pass:word").toString("base64");
  const auths = {
    "https://index.docker.io/v1/": { auth },
    "r.example:5000": { auth },
    "empty.example": {},
  };
  writeFileSync(join(folder, "config.json"), JSON.stringify({ auths }));
});
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ["redis:7", "docker.io"],
  ["library/redis", "docker.io"],
  ["docker.io/library/redis", "docker.io"],
  ["localhost/x", "localhost"],
  ["localhost:5000/x", "localhost:5000"],
  ["ghcr.io/a/b:1@sha256:00", "ghcr.io"],
])("the registry of %s is %s", (image, registry) => {
  expect(registryOf(image)).toBe(registry);
});

const own = (entry: Record<string, Value>): Value => JSON.stringify([entry]);

test.each<[string, string, Value | undefined, object | undefined]>([
  [
    "of the configuration",
    "r.example:5000/x",
    own({ address: "https://r.example:5000", username: "u", password: "p" }),
    { username: "u", password: "p", serveraddress: "r.example:5000" },
  ],
  [
    "of docker login, where the configuration is about another registry",
    "redis",
    own({ address: "r.example", username: "u", password: "p" }),
    { username: "filed", password: "pass:word", serveraddress: "docker.io" },
  ],
  [
    "of docker login, where the configuration names nobody",
    "r.example:5000/x",
    own({ address: "r.example:5000" }),
    { username: "filed", password: "pass:word", serveraddress: "r.example:5000" },
  ],
  [
    "of given content",
    "r.example:5000/x",
    own({
      address: "r.example:5000",
      configFileContent: JSON.stringify({ auths: { "r.example:5000": { auth: "YTpi" } } }),
    }),
    { username: "a", password: "b", serveraddress: "r.example:5000" },
  ],
  [
    "none where they are switched off",
    "r.example:5000/x",
    own({ address: "r.example:5000", authDisabled: true }),
    undefined,
  ],
  ["none for an unknown registry", "quay.io/x", undefined, undefined],
  ["none where the file has no password", "empty.example/x", undefined, undefined],
])("credentials %s", (_name, image, configured, expected) => {
  expect(
    findCredentials(image, configured, { env: { DOCKER_CONFIG: folder }, home: "/nowhere" }),
  ).toEqual(expected);
});

test("credentials of nobody where nobody has logged in", () => {
  expect(findCredentials("redis", undefined, { env: {}, home: "/nowhere" })).toBeUndefined();
});
