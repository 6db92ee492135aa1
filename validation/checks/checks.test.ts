import { describe, expect, it } from "vitest";
import { groups } from "../report/schema.ts";
import type { Evidence } from "../evidence.ts";
import { deploymentFixture } from "../testing/deployment.ts";
import { evidenceFixture, withSection } from "../testing/evidence.ts";
import { flips, outcomesOf } from "../testing/outcomes.ts";
import { checksFor } from "./index.ts";

const deployment = deploymentFixture();
const evidence = evidenceFixture(deployment);
const checks = checksFor(deployment, "unix:///var/run/docker.sock");

describe("all checks", () => {
  it("pass on a platform in good order, but for the part that is not available", () => {
    const others = Object.entries(outcomesOf(deployment, evidence)).filter(
      ([, { status }]) => status !== "pass",
    );
    expect(others).toEqual([
      ["plan.grafana", { status: "not-applicable", reason: "image not available" }],
    ]);
  });

  it("have ids of their own, which begin with their group", () => {
    const ids = checks.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)]);
    expect(checks.filter(({ id, group }) => !id.startsWith(`${group}.`))).toEqual([]);
  });

  it("come in the order of the groups", () => {
    const order = checks.map(({ group }) => groups.indexOf(group));
    expect(order).toEqual([...order].sort((a, b) => a - b));
  });

  it("are the same on another stack, so that reports can be compared", () => {
    const staging = deploymentFixture({ stack: "staging" });
    const renamed = {
      ...staging,
      networks: staging.networks.map((it) => ({
        ...it,
        name: it.name.replace("-dev-", "-staging-"),
      })),
      volumes: staging.volumes.map((it) => ({
        ...it,
        name: it.name.replace("-dev-", "-staging-"),
      })),
    };
    expect(checksFor(renamed, "unix:///s").map(({ id }) => id)).toEqual(checks.map(({ id }) => id));
  });

  it("of the plan are waited for, but for two that no time mends", () => {
    const plan = checks.filter(({ group }) => group === "plan");
    expect(plan.filter(({ settles }) => !settles).map(({ id }) => id)).toEqual([
      "plan.image",
      "plan.resources",
    ]);
  });

  it("say in whole sentences what to do and why", () => {
    const wanting = checks.filter(
      ({ title, failureTitle, why, remedy }) =>
        title === failureTitle ||
        !/[a-z]/.test(title) ||
        !why.endsWith(".") ||
        !remedy.endsWith("."),
    );
    expect(wanting.map(({ id }) => id)).toEqual([]);
  });

  it("name the evidence they read, which is there", () => {
    const missing = checks
      .filter(({ evidence: read, id }) => read.length === 0 && !id.startsWith("stack."))
      .map(({ id }) => id);
    expect(missing).toEqual(["plan.grafana"]);
    const sections = new Set(Object.keys(evidence));
    for (const path of checks.flatMap((check) => check.evidence)) {
      expect(sections).toContain(path.split(".")[0]);
    }
  });
});

describe("missing evidence", () => {
  it("makes every check an error that lacks it, and none fail", () => {
    const statuses = new Set(
      Object.entries(outcomesOf(deployment, {}))
        .filter(([id]) => id !== "stack.deployment")
        .map(([, { status }]) => status),
    );
    expect([...statuses].sort()).toEqual(["error", "not-applicable", "skipped"]);
  });

  const sections = Object.keys(evidence) as (keyof Evidence)[];
  it.each(sections.filter((name) => !["engine", "logs", "grafana"].includes(name)))(
    "of %s gives errors with the probe's reason, and hides nothing else",
    (name) => {
      const broken: Evidence = { ...evidence, [name]: { error: "the probe broke" } };
      const flipped = flips(deployment, evidence, broken);
      expect(new Set(Object.values(flipped))).toEqual(new Set(["error"]));
      const ids = Object.keys(flipped);
      const readers = checks.filter((check) =>
        check.evidence.some((path) => path.split(".")[0] === name),
      );
      expect(ids).toEqual(readers.map(({ id }) => id));
      const outcomes = outcomesOf(deployment, broken);
      for (const id of ids) {
        expect(outcomes[id]).toEqual({ status: "error", reason: "the probe broke" });
      }
    },
  );

  it("of one container is told by the checks of that container and no other", () => {
    const broken = withSection(evidence, "containers", () => ({
      "nft-service": { error: "inspect timed out" },
    }));
    const ids = Object.keys(flips(deployment, evidence, broken));
    expect(ids.filter((id) => !id.endsWith(".nft"))).toEqual([]);
    expect(ids).toContain("containers.running.nft");
  });
});

describe("a check that has a mistake", () => {
  it("is an error of its own", () => {
    const odd = { ...evidence, load: { value: null } } as unknown as Evidence;
    expect(outcomesOf(deployment, odd)["plan.performance"]).toMatchObject({
      status: "error",
      reason: expect.stringContaining("the check itself failed: TypeError") as string,
    });
    expect(Object.keys(flips(deployment, evidence, odd))).toEqual(["plan.performance"]);
  });
});
