import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { labels, projectName } from "../catalog/labels.ts";
import { execIn } from "./probes/exec.ts";
import type { Report, Status } from "./report/schema.ts";
import { deploymentFixture } from "./testing/deployment.ts";
import { startFakePlatform, type FakePlatform } from "./testing/fake-platform.ts";
import { miniStackContainer, startMiniStack, type MiniStack } from "./testing/mini-stack.ts";
import { reportFlips } from "./testing/report-flips.ts";
import { runValidation } from "./validate.ts";

const host = process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock";
// The client reads DOCKER_HOST by itself.
const engine = new Docker();
const signal = new AbortController().signal;
const stackName = `validation-e2e-${process.pid}`;

let root: string;
let platform: FakePlatform;
let stack: MiniStack;
const cleanUps: (() => Promise<void>)[] = [];
/** Of the stack in good order. */
let base: Report;

const validate = async (settleMs = 0): Promise<Report> => {
  const { report } = await runValidation({
    deployment: stack.deployment,
    docker: { client: engine, host },
    stackName,
    reportsRoot: root,
    settle: { deadlineMs: settleMs, pauseMs: 500 },
  });
  return report;
};

/** Ids and statuses of the checks that come out otherwise than in good order. */
const flipsNow = async (): Promise<Record<string, Status>> => {
  return reportFlips(base, await validate());
};

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "astratrade-validation-e2e-"));
  cleanUps.push(() => rm(root, { recursive: true, force: true }));
  const { services } = deploymentFixture();
  platform = await startFakePlatform(
    deploymentFixture({
      services: services
        .filter(({ name }) => ["user", "trading", "nft"].includes(name))
        .map((it) => ({ ...it, instances: [miniStackContainer(stackName, it.name)] })),
    }),
  );
  cleanUps.push(() => platform.close());
  stack = await startMiniStack(engine, { stack: stackName, gatewayUrl: platform.url });
  cleanUps.push(() => stack.remove());
  base = await validate(30_000);
});

afterAll(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
});

describe("a stack in good order", () => {
  it("passes every check that its stand-ins can", () => {
    const others = base.checks.filter(({ status }) => status !== "pass");
    expect(others.map(({ id, status }) => [id, status])).toEqual([
      // Its image is Node alone, its gateway a loopback server that forwards nothing.
      ["plan.image", "fail"],
      ["plan.circuit-breakers", "not-applicable"],
      ["plan.correlation", "warn"],
      ["plan.tracing", "not-applicable"],
      ["plan.grafana", "not-applicable"],
    ]);
  });

  it("has limits that were read from the kernel", () => {
    expect(base.checks.find(({ id }) => id === "limits.memory.user")).toMatchObject({
      expected: 128 * 1024 * 1024,
      actual: 128 * 1024 * 1024,
      evidence: [`containers.${stack.nameOf("user")}`, `cgroups.${stack.nameOf("user")}`],
    });
  });

  it("is left without anything of the validation's own", async () => {
    const filters = { label: [`io.astratrade.self-check=${stackName}`] };
    expect(await engine.listContainers({ all: true, filters })).toEqual([]);
  });
});

describe("one thing broken on the running stack", () => {
  it("a stopped container", async () => {
    const container = engine.getContainer(stack.nameOf("nft"));
    await container.stop();
    try {
      // Prometheus notices at its next scrape.
      await expect.poll(flipsNow, { timeout: 60_000, interval: 0 }).toEqual({
        "plan.targets": "fail",
        "plan.resources": "skipped",
        "containers.running.nft": "fail",
        "containers.healthy.nft": "skipped",
        "containers.restarts.nft": "skipped",
        "containers.memory-kill.nft": "skipped",
        "limits.memory.nft": "skipped",
        "limits.swap.nft": "skipped",
        "limits.cpu.nft": "skipped",
        "network.reaches.nft": "skipped",
        "network.isolated.nft": "skipped",
      });
    } finally {
      await container.start();
    }
  });

  it("and mended again, which the next run waits for", async () => {
    const report = await validate(60_000);
    expect(report.checks.filter(({ status }) => status === "fail").map(({ id }) => id)).toEqual([
      "plan.image",
    ]);
  });

  it("changed limits", async () => {
    const container = engine.getContainer(stack.nameOf("user"));
    const update = (mib: number, nanoCpus: number) =>
      container.update({
        Memory: mib * 1024 * 1024,
        MemorySwap: mib * 1024 * 1024,
        NanoCpus: nanoCpus,
      });
    await update(96, 250_000_000);
    try {
      expect(await flipsNow()).toEqual({
        "limits.memory.user": "fail",
        "limits.swap.user": "fail",
        "limits.cpu.user": "fail",
      });
    } finally {
      await update(128, 500_000_000);
    }
  });

  it("a container in another's network", async () => {
    const network = engine.getNetwork(stack.networkOf("user"));
    await network.connect({ Container: stack.nameOf("nft") });
    try {
      expect(await flipsNow()).toEqual({
        "network.members.user": "fail",
        "network.attached.nft": "fail",
        "network.isolated.user": "fail",
        "network.isolated.trading": "fail",
        "network.isolated.nft": "fail",
      });
    } finally {
      await network.disconnect({ Container: stack.nameOf("nft") });
    }
  });

  it("Redis taken out of a service's network", async () => {
    const network = engine.getNetwork(stack.networkOf("nft"));
    await network.disconnect({ Container: stack.nameOf("redis") });
    try {
      expect(await flipsNow()).toEqual({
        "network.members.nft": "fail",
        "network.attached.redis": "fail",
        "network.reaches.nft": "fail",
      });
    } finally {
      await network.connect({ Container: stack.nameOf("redis") });
    }
  });

  it("a container in a network with a way out", async () => {
    const name = `${projectName}-${stackName}-stray`;
    const stray = await engine.createNetwork({ Name: name });
    await stray.connect({ Container: stack.nameOf("nft") });
    try {
      expect(await flipsNow()).toEqual({ "network.attached.nft": "fail" });
    } finally {
      await stray.disconnect({ Container: stack.nameOf("nft") });
      await stray.remove();
    }
  });

  it("Redis that lets anybody write", async () => {
    const setDefault = (...rules: string[]) =>
      execIn(
        engine,
        stack.nameOf("redis"),
        [
          ...["redis-cli", "--no-auth-warning", "--user", "admin", "--pass", stack.adminPassword],
          ...["acl", "setuser", "default", ...rules],
        ],
        signal,
      );
    expect((await setDefault("~*", "+@all")).output).toBe("OK\n");
    try {
      expect(await flipsNow()).toEqual({ "redis.unauthenticated-write": "fail" });
    } finally {
      await setDefault("resetkeys", "-@all", "+ping");
    }
  });

  it("a container left over from an earlier release", async () => {
    const orphan = await engine.createContainer({
      name: `${stackName}-orphan`,
      Image: stack.deployment.runtimeImage,
      Labels: { [labels.project]: projectName, [labels.stack]: stackName },
    });
    try {
      expect(await flipsNow()).toEqual({ "inventory.containers": "fail" });
    } finally {
      await orphan.remove({ force: true });
    }
  });

  it("the gateway's dashboard standing still", async () => {
    platform.state.onRequest = ({ method }) => {
      if (method === "POST") platform.state.dashboardLag = 1_000;
    };
    try {
      expect(await flipsNow()).toEqual({ "plan.business-metrics": "fail" });
    } finally {
      platform.state.onRequest = () => undefined;
      platform.state.dashboardLag = 0;
    }
  });
});
