import { expect, test } from "vitest";
import type { ImageFacts } from "../../../topology/machine-facts.ts";
import { hasImage } from "../image-names.ts";
import { checkGroup } from "../testing/check-group.ts";
import {
  answeringEngine,
  healthyFacts,
  machineFacts,
  withEngine,
  withState,
} from "../testing/facts.ts";
import { images } from "./images.ts";

const facts = healthyFacts();
const known = machineFacts().images;
const unavailable: ImageFacts = { kind: "unavailable", reason: "Its registry cannot be reached" };
const withImages = (change: Partial<typeof known>) => ({
  ...facts,
  machine: machineFacts({ images: { ...known, ...change } }),
});
const ownRedis = healthyFacts({ images: { redis: "mirror.lan/redis:7.2" } });
const without = (name: string) => ({
  images: answeringEngine.images.filter(({ names }) => !names.includes(name)),
});

checkGroup(images, [
  {
    kind: "at-hand",
    facts,
    message:
      "node 24 (official), redis 7.2 (official), prometheus 3.5.0 (official) and grafana 12.1.1 (official) at hand",
  },
  {
    kind: "unknown",
    facts: { ...healthyFacts({}, "qa"), machine: null },
    message: "Which base images can be had is not known before set-up has run.",
    remedy: "Run `npm run setup -- --stack qa`; `npm run up` begins with it.",
  },
  {
    kind: "unknown",
    facts: {
      ...healthyFacts({ replicas: { gateway: 2 } }),
      machine: machineFacts({
        images: {
          ...known,
          haproxy: {
            kind: "unavailable",
            reason: "Set-up was not asked for the image haproxy:3.2-alpine.",
          },
        },
      }),
    },
    subject: "haproxy",
    message: "Whether the haproxy image can be had is not known: no stack has wanted it before.",
    remedy: "Run `npm run setup`; `npm run up` begins with it.",
  },
  {
    kind: "gone",
    facts: withEngine(facts, without("redis:7.2-alpine")),
    subject: "redis",
    message: "The engine does not have the redis image redis:7.2-alpine any more.",
    remedy: "Run `npm run setup`, which pulls or makes it again; `npm run up` begins with it.",
  },
  {
    kind: "required",
    facts: withImages({ redis: unavailable }),
    subject: "redis",
    message:
      "The redis image cannot be had, and nothing runs without it: Its registry cannot be reached.",
    remedy:
      "Set astratrade:images.redis in Pulumi.dev.yaml to one that can be had, or load redis:7.2-alpine into the engine: docker load",
  },
  {
    kind: "reduced",
    facts: withImages({ grafana: unavailable }),
    subject: "grafana",
    message:
      "Monitoring is reduced: the stack runs without grafana. Its registry cannot be reached.",
    remedy:
      "`npm run setup -- --refresh` looks again; astratrade:images.grafana in Pulumi.dev.yaml names another.",
  },
  {
    kind: "pull",
    facts: ownRedis,
    subject: "redis",
    message:
      'astratrade:images.redis is "mirror.lan/redis:7.2": the engine does not have it; `npm run up` pulls it.',
  },
  {
    kind: "cannot-pull",
    facts: withEngine(ownRedis, { pullProblems: { "mirror.lan/redis:7.2": "manifest unknown" } }),
    subject: "redis",
    message:
      'astratrade:images.redis is "mirror.lan/redis:7.2": the engine does not have it and cannot pull it (manifest unknown).',
    remedy: "Correct it in Pulumi.dev.yaml, or load the image into the engine: docker load",
  },
  {
    kind: "runtime",
    facts: withState(facts, {
      stack: {
        isKnown: true,
        ids: [],
        runtimeImage: "sha256:feedfacecafe0123",
        pendingOperations: 0,
      },
    }),
    subject: "sha256:feedfacecafe0123",
    message:
      "The engine does not have the image any more that gateway and services were deployed with (sha256:feedfacecafe): " +
      "Pulumi takes it for unchanged, and no container can be made from it.",
    remedy:
      "Have it built again: eval \"$(npm run -s env)\" && pulumi up --target-replace '**docker:index/image:Image::**' --target-dependents",
  },
]);

test("what is at hand is what the engine has", () => {
  const others = "prometheus 3.5.0 (official) and grafana 12.1.1 (official) at hand";
  const own = { id: "sha256:0e", names: ["mirror.lan/redis:7.2"] };
  const withOwn = withEngine(ownRedis, { images: [...answeringEngine.images, own] });
  expect(images.examine(withOwn).map(({ message }) => message)).toEqual([
    `node 24 (official), redis (the stack's own), ${others}`,
  ]);
  for (const look of [ownRedis, withEngine(facts, without("redis:7.2-alpine"))]) {
    expect(images.examine(look).at(-1)?.message).toBe(`node 24 (official), ${others}`);
  }
});

test("a recorded release brings its images along", () => {
  expect(images.examine({ ...withImages({ redis: unavailable }), recorded: true })).toEqual([]);
});

test.each([
  ["redis:7.2", true],
  ["docker.io/library/redis:7.2", true],
  ["redis", false],
  ["postgres", true],
  ["localhost:5000/own/redis:1", true],
  ["localhost:5000/own/redis", false],
  ["own/redis@sha256:aa", true],
  ["sha256:01", true],
])("an image named %s is there: %s", (ref, isThere) => {
  const names = ["redis:7.2", "postgres:latest", "localhost:5000/own/redis:1"];
  expect(hasImage([{ id: "sha256:01", names: [...names, "own/redis@sha256:aa"] }], ref)).toBe(
    isThere,
  );
});
