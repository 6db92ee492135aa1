import { expect, test } from "vitest";
import { redisAclFor, renderAclRules } from "../catalog/redis-acl.ts";
import { serviceNames } from "../catalog/services.ts";
import { topologyOf } from "../topology/testing.ts";
import { generateFiles } from "./generated-files.ts";

test("Redis gives each client its own rights and password, replicas the same, and data its share of memory", () => {
  const topology = topologyOf({
    limits: { redis: { memoryMb: 1000 } },
    replicas: { gateway: 2, trading: 3 },
  });
  const [redis] = generateFiles(topology).redis ?? [];
  expect(redis?.file).toBe("/usr/local/etc/redis/redis.conf");
  const lines = redis?.content.split("\n") ?? [];
  expect(lines).toContain("maxmemory 600mb");
  const clients = (["gateway", ...serviceNames] as const).toSorted();
  expect(lines.filter((line) => line.startsWith("user ")).slice(1)).toEqual(
    clients.map(
      (name) => `user ${name} on #{{sha256:${name}}} ${renderAclRules(redisAclFor(name))}`,
    ),
  );
});

test.each([
  [{}, ["grafana", "prometheus", "redis"]],
  [{ replicas: { gateway: 2 } }, ["entry", "grafana", "prometheus", "redis"]],
])("with %j there are files for %j", (settings, parts) => {
  expect(Object.keys(generateFiles(topologyOf(settings))).sort()).toEqual(parts);
});

test("a part that the stack does without has no file", () => {
  const topology = { ...topologyOf({}), prometheus: null, grafana: null };
  expect(Object.keys(generateFiles(topology))).toEqual(["redis"]);
});
