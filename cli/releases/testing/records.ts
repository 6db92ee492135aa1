import type { Deployment } from "../../../catalog/deployment.ts";
import type { Blueprint } from "../../../topology/blueprint.ts";
import { topologyOf } from "../../../topology/testing.ts";
import type { Release } from "../release.ts";
import type { StackContainer } from "../../engine/stack-containers.ts";

/** An image id for tests: the same digit over and over. */
export function imageId(digit: string | number): string {
  return `sha256:${String(digit).repeat(64).slice(0, 64)}`;
}

/** A blueprint of stack dev. */
export function blueprintWith({
  image = imageId(1),
  settings = {},
  files = {},
}: {
  image?: string;
  settings?: Record<string, unknown>;
  files?: Blueprint["files"];
} = {}): Blueprint {
  return { schemaVersion: 1, topology: topologyOf(settings), files, runtimeImage: image };
}

/** A release of stack dev, deployed from source, on official base images. */
export function releaseWith(number: number, changes: Partial<Release> = {}): Release {
  const blueprint = (changes.blueprint ?? blueprintWith()) as Blueprint;
  return {
    schemaVersion: 1,
    stack: "dev",
    number,
    time: "2026-11-25T12:00:00.000Z",
    operator: "mira@ops-1",
    source: { revision: "0123456789abcdef0123456789abcdef01234567", dirty: false },
    trigger: { kind: "deploy" },
    verdict: "passed",
    image: blueprint.runtimeImage,
    baseImages: {
      node: {
        ref: "node:24-bookworm-slim",
        imageId: imageId("a"),
        version: "24",
        kind: "official",
      },
      redis: { ref: "redis:7.2-alpine", imageId: imageId("b"), version: "7.2", kind: "official" },
    },
    dataVersions: { "astratrade-dev-redis-data": "7.2" },
    versions: {
      platform: "1.2.3",
      engine: { host: "unix:///var/run/docker.sock", version: "29.1.0", apiVersion: "1.52" },
      programs: { "pulumi-cli": { kind: "official", version: "3.274.1" } },
    },
    again: null,
    ...changes,
    blueprint,
  };
}

/** The stack's output and its containers, as a deploy of a blueprint leaves them. */
export function deployed(blueprint: Blueprint): {
  deployment: Deployment;
  containers: StackContainer[];
} {
  const rows = [
    { name: "redis", image: "redis:7.2-alpine", imageId: imageId("b") },
    { name: "api-gateway", image: blueprint.runtimeImage, imageId: blueprint.runtimeImage },
  ];
  const deployment = {
    runtimeImage: blueprint.runtimeImage,
    containers: rows.map(({ name, image }) => ({ name, image, configHash: `hash of ${name}` })),
  };
  return {
    // Who runs is found by these fields alone.
    deployment: deployment as Deployment,
    containers: rows.map((row) => ({
      name: row.name,
      service: row.name,
      imageId: row.imageId,
      configHash: `hash of ${row.name}`,
    })),
  };
}
