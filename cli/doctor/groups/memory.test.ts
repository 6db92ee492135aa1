import { expect, test } from "vitest";
import { checkGroup } from "../testing/check-group.ts";
import { container, healthyFacts, withEngine } from "../testing/facts.ts";
import { memory } from "./memory.ts";

const mib = 1024 ** 2;
const facts = healthyFacts();

checkGroup(memory, [
  { kind: "fits", facts, message: "limits add up to 5120 MiB of 16384 MiB" },
  {
    kind: "sum",
    facts: healthyFacts({ limits: { redis: { memoryMb: 20_000 }, nft: { memoryMb: 700 } } }, "qa"),
    message: "The memory limits of 10 containers add up to 24796 MiB; the engine has 16384 MiB.",
    remedy:
      "Lower the limits in Pulumi.qa.yaml, the largest first: astratrade:limits.redis.memoryMb (now 20000), " +
      "astratrade:limits.nft.memoryMb (now 700) and astratrade:limits.user.memoryMb (now 512).",
  },
  {
    kind: "with-others",
    facts: withEngine(facts, {
      containers: [
        container("shop-db", { memoryLimitBytes: 11_000 * mib }),
        container("shop-web", { memoryLimitBytes: 265 * mib }),
        container("asleep", { running: false, memoryLimitBytes: 9000 * mib }),
      ],
    }),
    message:
      "The memory limits add up to 5120 MiB, with 2 other running containers to 16385 MiB; the engine has 16384 MiB.",
    remedy:
      "Stop others, or lower the limits in Pulumi.dev.yaml, the largest first: astratrade:limits.redis.memoryMb (now 512), " +
      "astratrade:limits.user.memoryMb (now 512) and astratrade:limits.trading.memoryMb (now 512).",
  },
  {
    kind: "unbounded",
    facts: withEngine(facts, {
      containers: [
        container("shop-db", { memoryLimitBytes: null, memoryUsageBytes: 300 * mib }),
        container("shop-web", { memoryLimitBytes: null }),
      ],
    }),
    message:
      "2 other running containers without a memory limit may take all there is: shop-db (uses 300 MiB) and shop-web.",
    remedy: "Give each a limit: docker update --memory 512m --memory-swap 512m shop-db shop-web",
  },
  {
    kind: "available",
    facts: {
      ...withEngine(facts, {
        containers: [
          container("redis", { stack: "dev" }),
          // Neither of these will have started: one has stopped, and one only has the name.
          container("nft-service", { stack: "dev", running: false }),
          container("user-service", { stack: "staging" }),
        ],
      }),
      memory: { availableBytes: 1000 * mib },
    },
    message:
      "1000 MiB of memory are free; to deploy and to start 9 containers takes about 1088 MiB.",
    remedy: "Stop something else on this machine first.",
  },
]);

test("what a container without a limit uses counts with the limits of the others", () => {
  const containers = [
    container("shop-db", { memoryLimitBytes: null, memoryUsageBytes: 12_000 * mib }),
  ];
  const ids = memory.examine(withEngine(facts, { containers })).map(({ id }) => id);
  expect(ids).toEqual(["memory.with-others", "memory.unbounded"]);
});

test("the stack's own containers do not count twice", () => {
  const containers = [container("redis", { stack: "dev", memoryLimitBytes: 16_000 * mib })];
  const ids = memory.examine(withEngine(facts, { containers })).map(({ id }) => id);
  expect(ids).toEqual(["memory.fits"]);
});
