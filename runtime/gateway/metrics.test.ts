import { METHODS, request as send } from "node:http";
import { expect, test } from "vitest";
import { paths } from "../../catalog/endpoints.ts";
import { serviceNames, services } from "../../catalog/services.ts";
import { createEventMetrics } from "../kit/metrics.ts";
import { createTracingMetrics } from "../kit/tracing/tracing-metrics.ts";
import type { ChangeReason } from "./breaker/breaker.ts";
import { defaultRules } from "./breaker/rules.ts";
import { gatewayWith, service } from "./testing/gateway-under-test.ts";

/** Every status that Node's client takes for one, but for the interim ones. */
const statuses = Array.from({ length: 400 }, (_, index) => 200 + index);
const methods = METHODS.filter((method) => method !== "CONNECT");

/** A gateway with everything in its figures that there can be, driven through real sockets. */
async function everythingInUse() {
  const never = Number.MAX_SAFE_INTEGER;
  const gateway = await gatewayWith({
    // What services answer here is no reason to stop asking them.
    breakerRules: { ...defaultRules, minimumCalls: never, connectFailures: never },
  });
  createTracingMetrics(gateway.httpMetrics.registry);
  const events = createEventMetrics(gateway.httpMetrics.registry);
  const started = await Promise.all(
    serviceNames.map((name) =>
      service(name, (incoming, response) => {
        response.statusCode = Number(incoming.headers["x-status"] ?? 200);
        response.end();
      }),
    ),
  );
  gateway.register(...started.map(({ instance }) => instance));

  const ask = (path: string, method: string, status = 200) =>
    new Promise<void>((resolve, reject) => {
      const headers = { "x-status": String(status), "x-user-id": `u-${method}-${status}` };
      send({ port: gateway.port, path, method, headers, agent: false }, (answer) => {
        answer.resume().once("close", resolve);
      })
        .once("error", reject)
        .end();
    });
  const api = serviceNames.map((name) => `${paths.apiPrefix}/${services[name].route}/x`);
  for (const method of methods) {
    await Promise.all(api.map((path) => ask(path, method)));
    await ask("/nothing/here", method);
    for (const path of [paths.health, paths.metrics, paths.services]) await ask(path, method);
  }
  for (const status of statuses) await Promise.all(api.map((path) => ask(path, "POST", status)));

  const { metrics } = gateway;
  for (const name of serviceNames) {
    for (const reason of reasons) {
      for (const [from, to] of changes) {
        metrics.circuitTransitions.inc({ service: name, from, to, reason });
      }
    }
    for (const result of ["answered", "refused", "timeout", "reset", "no_budget"]) {
      metrics.retries.inc({ service: name, result });
    }
    events.consumed.inc({ stream: services[name].domain, outcome: "handled" });
  }
  return gateway;
}

const changes = [
  ["closed", "open"],
  ["open", "half_open"],
  ["half_open", "closed"],
  ["half_open", "open"],
] as const;
const reasons: readonly ChangeReason[] = [
  ...(["failure_rate", "slow_calls", "connect_failures", "probe_failed", "no_instance"] as const),
  ...(["refused", "back_off_over", "reachable", "instance_back", "probes_passed"] as const),
  ...(["forced", "force_ended", "reset"] as const),
];

/** Every method on every route is more than happens. A service answers a method with a handful of statuses. */
const mostSeries = 2000;

test("with every route, method and status in use a scrape is small and quick, and names no user", async () => {
  const gateway = await everythingInUse();
  const text = (await gateway.ask(paths.metrics)).text;
  const series = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const names = series.map((line) => /^[a-z_]+/.exec(line)?.[0] ?? "");
  const largest = [...new Set(names)]
    .map((name) => [name, names.filter((it) => it === name).length] as const)
    .sort((a, b) => b[1] - a[1])
    .slice(0, 3);
  expect(series.length, `most have: ${largest.join("; ")}`).toBeLessThan(mostSeries);
  expect(series.length).toBeGreaterThan(500);
  expect(text.length).toBeLessThan(200 * 1024);
  expect(series.filter((line) => /u-[A-Z]+-\d|user_id/.test(line))).toEqual([]);

  const times: number[] = [];
  for (let round = 0; round < 20; round++) {
    const startMs = performance.now();
    await gateway.httpMetrics.registry.metrics();
    times.push(performance.now() - startMs);
  }
  // The quickest: what else the machine does can only add to a time.
  expect(Math.min(...times)).toBeLessThan(10);
});

test("statuses that are no labels of their own count as their class, methods as others", async () => {
  const gateway = await everythingInUse();
  const text = (await gateway.ask(paths.metrics)).text;
  const codes = new Set([...text.matchAll(/code="([^"]*)"/g)].map(([, code]) => code));
  expect([...codes].sort()).toEqual(
    [
      ...["200", "201", "202", "204", "304", "400", "401", "403", "404", "405", "409", "413"],
      ...["415", "422", "429", "499", "500", "502", "503", "504", "2xx", "3xx", "4xx", "5xx"],
    ].sort(),
  );
  const known = new Set([...text.matchAll(/method="([^"]*)"/g)].map(([, method]) => method));
  expect([...known].sort()).toEqual(
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"].sort(),
  );
});

test("what is under way, and how large it was, is counted", async () => {
  const gateway = await gatewayWith();
  const trading = await service("trading", (_request, response) => response.end("x".repeat(5000)));
  gateway.register(trading.instance);
  await gateway.ask("/api/v1/trading/execute", { method: "POST", body: "y".repeat(300) });
  const { text } = await gateway.ask(paths.metrics);
  const valueOf = (name: string) =>
    text
      .split("\n")
      .find((line) => line.startsWith(name))
      ?.split(" ")
      .at(-1);
  // The scrape itself.
  expect(valueOf("http_requests_in_flight")).toBe("1");
  expect(valueOf("http_request_size_bytes_sum")).toBe("300");
  expect(valueOf("http_response_size_bytes_sum")).toBe("5000");
  expect(valueOf('http_requests_total{route="/api/v1/trading",method="POST",code="200"}')).toBe(
    "1",
  );
  expect(valueOf('gateway_upstream_connections{service="trading"}')).toBe("1");
});

test("refusals of a breaker are 0 before the first, so that a rate sees it", async () => {
  const gateway = await gatewayWith();
  const { text } = await gateway.ask(paths.metrics);
  const lines = text.split("\n").filter((line) => line.startsWith("gateway_circuit_rejections_"));
  expect(lines.map((line) => line.split(" ").at(-1))).toEqual(serviceNames.map(() => "0"));
});
