import { expect, test } from "vitest";
import { defaultMachineFacts, parseMachineFacts } from "./machine-facts.ts";

const program = { kind: "fallback", version: "1.0.0", path: "/bin/x" };

test("a file as set-up writes it is read back unchanged", () => {
  const facts = {
    schemaVersion: 1,
    checkedAt: "2026-01-02T03:04:05.678Z",
    engine: {
      host: "unix:///var/run/docker.sock",
      version: "20.10.24",
      apiVersion: "1.41",
      os: "linux",
      arch: "amd64",
      cgroupVersion: 1,
      swapLimit: false,
      memoryBytes: 25_276_000_000,
      cpus: 2,
      storageDriver: "overlay2",
    },
    toolchain: {
      node: program,
      cli: { ...program, kind: "official" },
      languageHost: program,
      plugins: {
        docker: { kind: "fallback", version: "5.2.0" },
        random: { kind: "official", version: "4.21.2" },
      },
    },
    images: {
      node: {
        kind: "fallback",
        ref: "astratrade-airgap/node:24",
        version: "24",
        imageId: "sha256:1",
      },
      redis: { kind: "official", ref: "redis:7.2-alpine", version: "7.2" },
      prometheus: { kind: "official", ref: "prom/prometheus:v3.5.0", version: "3.5.0" },
      grafana: { kind: "unavailable", reason: "The image cannot be reached." },
      haproxy: { kind: "unavailable", reason: "Not asked for." },
    },
  };
  expect(parseMachineFacts(JSON.parse(JSON.stringify(facts)))).toEqual(facts);
});

test("the default facts are valid, name official images only, and know no toolchain", () => {
  const facts = defaultMachineFacts();
  expect(parseMachineFacts(facts)).toEqual(facts);
  expect(facts.images.redis).toEqual({ kind: "official", ref: "redis:7.2-alpine", version: "7.2" });
  expect(facts.engine.swapLimit).toBe(true);
  expect(facts.engine.memoryBytes).toBeNull();
  expect(facts.toolchain).toBeUndefined();
});

test("all problems are listed at once, with the way out", () => {
  const broken = { ...defaultMachineFacts(), schemaVersion: 2, checkedAt: "yesterday", extra: 1 };
  for (const part of ["`npm run setup`", "schemaVersion", "checkedAt", '"extra"']) {
    expect(() => parseMachineFacts(broken)).toThrow(part);
  }
});
