import { describe, expect, it } from "vitest";
import { connectionRules } from "../connection-rules.ts";
import { deploymentFixture } from "../testing/deployment.ts";
import {
  answer,
  evidenceFixture,
  servicesPage,
  withContainer,
  withSection,
} from "../testing/evidence.ts";
import { flips, outcomesOf } from "../testing/outcomes.ts";
import { unreadableStackChecks } from "./stack.ts";

const dev = deploymentFixture();

describe("a stack that could not be read", () => {
  it("has one check, which fails with the reason", () => {
    const checks = unreadableStackChecks("dev", "no stack named dev");
    expect(checks.map((check) => [check.id, check.judge({})])).toEqual([
      ["stack.deployment", { status: "fail", expected: "readable", actual: "no stack named dev" }],
    ]);
  });
});

describe("an engine without a swap limit", () => {
  const unlimited = deploymentFixture({
    containers: dev.containers.map((it) => ({
      ...it,
      limits: { ...it.limits, memorySwapBytes: -1 },
    })),
  });
  const evidence = evidenceFixture(unlimited);

  it("has no swap to check", () => {
    const without = withSection(evidence, "engine", () => ({ swapLimit: false }));
    expect(outcomesOf(unlimited, without)["limits.swap.user"]).toEqual({
      status: "not-applicable",
      reason: "this engine cannot limit swap",
    });
  });

  it("is told from one that could limit it", () => {
    expect(outcomesOf(unlimited, evidence)["limits.swap.user"]).toMatchObject({ status: "warn" });
  });
});

describe("a stack that asks for tokens", () => {
  it("shows its metrics to Prometheus only", () => {
    const jwt = deploymentFixture({ authMode: "jwt" });
    expect(outcomesOf(jwt, evidenceFixture(jwt))["plan.metrics"]).toEqual({
      status: "not-applicable",
      reason: "served on the admin port only",
    });
  });
});

describe("a stack without Prometheus", () => {
  it("gives the deployer's reason", () => {
    const without = deploymentFixture({
      containers: dev.containers.filter(({ role }) => role !== "prometheus"),
      notAvailable: [{ part: "prometheus", reason: "switched off" }],
    });
    const outcomes = outcomesOf(without, evidenceFixture(without));
    expect(outcomes["plan.targets"]).toEqual({ status: "not-applicable", reason: "switched off" });
    expect(outcomes["plan.grafana"]).toEqual({
      status: "not-applicable",
      reason: "the stack has no grafana",
    });
  });
});

describe("a stack with internal networks", () => {
  const internal = deploymentFixture({
    networks: dev.networks.map((it) => ({ ...it, internal: !it.name.endsWith("-edge") })),
  });
  const evidence = evidenceFixture(internal);

  it("fails for a network that is not internal after all", () => {
    const open = withSection(evidence, "networks", (all) => {
      const nft = all["astratrade-dev-nft"];
      if (nft === undefined || !("value" in nft)) throw new Error("the fixture lacks the network");
      return { "astratrade-dev-nft": { value: { ...nft.value, internal: false } } };
    });
    expect(flips(internal, evidence, open)).toEqual({ "network.settings.nft": "fail" });
  });
});

describe("a release from before there were limits and an admin port", () => {
  const older = deploymentFixture({
    rateLimits: null,
    containers: dev.containers.map((it) => ({ ...it, adminPort: null })),
  });

  it("is not asked for them, and is otherwise as well as the rest", () => {
    const outcomes = outcomesOf(older, evidenceFixture(older));
    expect(outcomes["plan.rate-limit"]).toEqual({
      status: "not-applicable",
      reason: "this release limits nobody",
    });
    expect(Object.keys(outcomes)).not.toContain("network.admin.gateway");
    expect(outcomes["plan.targets"]).toMatchObject({ status: "pass" });
  });
});

describe("replicas of a service", () => {
  const twins = deploymentFixture({
    containers: dev.containers.flatMap((it) =>
      it.service === "nft"
        ? [
            { ...it, name: "nft-service-1" },
            { ...it, name: "nft-service-2" },
          ]
        : [it],
    ),
    services: dev.services.map((it) =>
      it.name === "nft" ? { ...it, instances: ["nft-service-1", "nft-service-2"] } : it,
    ),
    networks: dev.networks.map((it) => ({
      ...it,
      members: it.members.flatMap((name) =>
        name === "nft-service" ? ["nft-service-1", "nft-service-2"] : [name],
      ),
    })),
  });

  const evidence = evidenceFixture(twins);

  it("are checked one by one", () => {
    const stopped = withContainer(evidence, "nft-service-2", { health: "starting" });
    expect(flips(twins, evidence, stopped)).toEqual({ "containers.healthy.nft-2": "fail" });
    expect(outcomesOf(twins, evidence)["containers.healthy.nft-1"]).toMatchObject({
      status: "pass",
    });
  });

  const page = servicesPage(twins);
  const { nft } = page.services;
  if (nft === undefined) throw new Error("the fixture lacks the service");
  const [first, second] = nft.instances;
  const ejected = (instance: typeof first) => ({ ...instance, status: "ejected" });
  it.each([
    ["one that is not there", [first], "nft without nft-service-2, "],
    ["one that takes no connection", [first, ejected(second)], "nft without nft-service-2, "],
    ["all of them", [ejected(first), ejected(second)], ""],
  ])("are each missed in the registry: %s", (_case, instances, words) => {
    const services = { ...page.services, nft: { ...nft, instances } };
    const without = withSection(evidence, "gateway", () => ({
      services: { value: answer("u", { ...page, services }) },
    }));
    expect(flips(twins, evidence, without)).toEqual({ "plan.all-services": "fail" });
    expect(outcomesOf(twins, without)["plan.all-services"]).toMatchObject({
      actual: `financial, gamification, ${words}social, trading, user`,
    });
  });
});

describe("an entry before several gateways", () => {
  const [gateway] = dev.containers.filter(({ role }) => role === "gateway");
  if (gateway === undefined) throw new Error("the fixture lacks the gateway");
  const names = ["api-gateway-1", "api-gateway-2"];
  const edge = gateway.networks.filter((name) => name.endsWith("-edge"));
  const several = deploymentFixture({
    containers: [
      ...dev.containers.filter(({ role }) => role !== "gateway"),
      ...names.map((name) => ({ ...gateway, name, ports: [] })),
      {
        ...gateway,
        name: "entry",
        service: "entry",
        role: "entry",
        image: "h:3",
        networks: edge,
        adminPort: null,
      },
    ],
    networks: dev.networks.map((it) => ({
      ...it,
      members: it.members.flatMap((name) => {
        if (name !== gateway.name) return [name];
        return edge.includes(it.name) ? [...names, "entry"] : names;
      }),
    })),
  });
  const evidence = evidenceFixture(several);

  it("is as well as the rest", () => {
    const outcomes = Object.entries(outcomesOf(several, evidence));
    expect(
      outcomes.filter(([id, { status }]) => status !== "pass" && id !== "plan.grafana"),
    ).toEqual([]);
    expect(outcomes.map(([id]) => id)).toEqual(
      expect.arrayContaining([
        "containers.healthy.entry",
        "limits.memory.entry",
        "network.reaches.gateway-1",
        "network.reaches.gateway-2",
      ]),
    );
  });

  it("is reached by no service", () => {
    const rules = connectionRules(several).filter(({ target }) => target === "entry");
    expect(rules).toHaveLength(dev.services.length);
    expect(new Set(rules.map(({ rule, port }) => `${rule} ${port}`))).toEqual(
      new Set(["must-not 8000"]),
    );
  });

  it("is watched by Prometheus", () => {
    const unwatched = withSection(evidence, "prometheus", ({ targets }) => ({
      targets: targets.filter(({ instance }) => !instance.startsWith("entry:")),
    }));
    expect(flips(several, evidence, unwatched)).toEqual({ "plan.targets": "fail" });
  });
});
