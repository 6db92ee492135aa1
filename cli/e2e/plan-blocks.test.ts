import { expect, test } from "vitest";
import { forStack, planBlocks } from "./plan-blocks.ts";

test("only marked blocks are run", () => {
  const markdown = [
    "```bash",
    "rm -rf /",
    "```",
    "```bash run gives PONG",
    "docker exec redis redis-cli ping",
    "```",
  ].join("\n");
  expect(planBlocks(markdown)).toEqual([
    { gives: "PONG", script: "docker exec redis redis-cli ping\n" },
  ]);
});

test("the gateway's admin port of another stack", () => {
  const block = {
    script: "docker exec prometheus wget -q -O - http://api-gateway-admin:8100/registry",
    gives: "source",
  };
  expect(forStack(block, { stack: "e2e", prefix: "e2e-", ports: {} }).script).toBe(
    "docker exec e2e-prometheus wget -q -O - http://e2e-api-gateway-admin:8100/registry",
  );
});

test("names, ports and volumes of another stack", () => {
  const block = {
    script:
      "docker exec redis redis-cli ping; docker stop trading-service; curl http://localhost:8001/health",
    gives: "astratrade-dev-redis-data",
  };
  expect(forStack(block, { stack: "e2e", prefix: "e2e-", ports: { trading: 4711 } })).toEqual({
    script:
      "docker exec e2e-redis redis-cli ping; docker stop e2e-trading-service; curl http://127.0.0.1:4711/health",
    gives: "astratrade-e2e-redis-data",
  });
});
