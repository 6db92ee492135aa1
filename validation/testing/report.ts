import type { CheckResult, Report } from "../report/schema.ts";
import { summarise, type RunFacts } from "../report/summarise.ts";

export function checkResult(changes: Partial<CheckResult> = {}): CheckResult {
  return {
    id: "redis.ping",
    group: "redis",
    severity: "blocker",
    title: "Redis answers a ping",
    status: "pass",
    expected: "PONG",
    actual: "PONG",
    why: "Everything is in Redis.",
    remedy: "`docker logs --tail 50 redis` says what is wrong.",
    attempts: 1,
    ...changes,
  };
}

export const runFacts: RunFacts = {
  runId: "3f2a9c1e-0000-4000-8000-000000000000",
  stack: "dev",
  release: "0.1.0",
  startedAt: new Date("2026-01-02T03:04:05.678Z"),
  finishedAt: new Date("2026-01-02T03:04:18.012Z"),
  attempts: 3,
  ending: "complete",
  context: {
    trigger: "deploy",
    git: { revision: "abc1234", dirty: false },
    engine: { version: "24.0.5", cpus: 4 },
  },
  logs: {},
};

/** A run with something of everything. */
export function reportFixture(): Report {
  const checks = [
    checkResult({ id: "stack.engine", group: "stack", title: "The Docker engine answers" }),
    checkResult({
      id: "plan.performance",
      group: "plan",
      severity: "major",
      title: "More than 5 of 100 answers take longer than 100 ms",
      status: "error",
      expected: null,
      actual: "no answer within 30 s",
      attempts: 3,
    }),
    checkResult({
      id: "plan.grafana",
      group: "plan",
      severity: "major",
      title: "Grafana is well",
      status: "not-applicable",
      expected: null,
      actual: "image not available",
    }),
    checkResult({
      id: "containers.running.trading",
      group: "containers",
      title: "trading-service does not run",
      status: "fail",
      expected: "running",
      actual: "exited with code 137",
      why: "Nothing it offers can be had while it does not.",
      remedy:
        "`docker logs --tail 50 trading-service` says why it ended; `docker start trading-service` starts it, and `npm run up` makes it anew when it is gone.",
      attempts: 3,
      evidence: ["containers.trading-service"],
    }),
    checkResult({
      id: "containers.healthy.trading",
      group: "containers",
      title: "trading-service is healthy",
      status: "skipped",
      expected: null,
      actual: "trading-service is not running",
    }),
    checkResult({
      id: "containers.restarts.trading",
      group: "containers",
      title: "trading-service was restarted by the engine",
      severity: "major",
      status: "skipped",
      expected: null,
      actual: "trading-service is not running",
    }),
    checkResult({
      id: "limits.memory.redis",
      group: "limits",
      severity: "major",
      title: "redis has another memory limit than was decided",
      status: "warn",
      expected: 536870912,
      actual: 268435456,
      unit: "bytes",
    }),
    checkResult({
      id: "limits.cpu.redis",
      group: "limits",
      severity: "major",
      title: "redis has its CPU limit",
      expected: 500000000,
      actual: 500000000,
      unit: "nanocpus",
    }),
    checkResult(),
  ];
  return summarise(checks, {
    ...runFacts,
    logs: { "trading-service": ["listening on 8001", "out of | memory ```"] },
  });
}
