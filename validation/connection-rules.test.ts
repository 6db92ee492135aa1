import { expect, it } from "vitest";
import { connectionRules } from "./connection-rules.ts";
import { deploymentFixture } from "./testing/deployment.ts";

const rulesFrom = (source: string, deployment = deploymentFixture()) =>
  connectionRules(deployment)
    .filter((rule) => rule.source === source)
    .map(({ target, port, rule }) => `${rule} ${target}:${port}`);

it("lets the gateway reach Redis and every service", () => {
  expect(rulesFrom("api-gateway")).toEqual([
    "must redis:6379",
    "must user-service:8004",
    "must trading-service:8001",
    "must gamification-service:8002",
    "must social-service:8003",
    "must nft-service:8005",
    "must financial-service:8006",
  ]);
});

it("lets a service reach Redis and those it calls, and no other service", () => {
  expect(rulesFrom("trading-service")).toEqual([
    "must redis:6379",
    "must user-service:8004",
    "must-not gamification-service:8002",
    "must-not social-service:8003",
    "must-not nft-service:8005",
    "must-not financial-service:8006",
    "must-not api-gateway:8100",
  ]);
});

it("leaves the called service free to reach its caller, since they share a network", () => {
  const rules = rulesFrom("user-service");
  expect(rules.filter((rule) => rule.includes("trading-service"))).toEqual([]);
  expect(rules).toContain("must-not nft-service:8005");
});

it("goes by the catalogue and not by the networks where all services share one", () => {
  const { networks, containers } = deploymentFixture();
  const members = containers.map(({ name }) => name);
  const flat = deploymentFixture({ networks: networks.map((it) => ({ ...it, members })) });
  expect(rulesFrom("nft-service", flat)).toContain("must-not user-service:8004");
});

it("keeps those without a common network apart", () => {
  const { networks } = deploymentFixture();
  const apart = deploymentFixture({
    networks: networks.map((it) => ({
      ...it,
      members: it.members.filter((name) => name !== "prometheus"),
    })),
  });
  expect(rulesFrom("nft-service", apart)).toContain("must-not prometheus:9090");
  expect(rulesFrom("nft-service")).not.toContain("must-not prometheus:9090");
});
