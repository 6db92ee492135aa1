import { expect, test } from "vitest";
import { topologyOf } from "../topology/testing.ts";
import { haproxyConfig } from "./haproxy-config.ts";

const text = haproxyConfig(topologyOf({ replicas: { gateway: 3 } }, { stack: "prod" }));

function section(name: string): string {
  const found = text.split("\n\n").find((it) => it.startsWith(name));
  if (found === undefined) throw new Error(`no section ${name}`);
  return found;
}

test("every gateway is a server, looked up by name all the time", () => {
  expect(text.match(/^ {2}server .*$/gm)).toEqual(
    [1, 2, 3].map((n) => `  server prod-api-gateway-${n} prod-api-gateway-${n}:8000`),
  );
  expect(section("backend")).toContain("init-addr last,libc,none resolvers engine");
});

test("the gateway with the fewest requests is taken, of those that say that they are ready", () => {
  const lines = section("backend").split("\n");
  expect(lines.filter((line) => /balance|httpchk|http-check/.test(line))).toEqual([
    "  balance leastconn",
    "  option httpchk",
    "  http-check send meth GET uri /health/ready ver HTTP/1.1 hdr Host gateway",
    "  http-check expect status 200",
  ]);
  expect(text.match(/^ {2}default-server (?:check|observe) .*$/gm)).toEqual([
    "  default-server check inter 1s fastinter 500ms downinter 500ms fall 2 rise 1",
    "  default-server observe layer4 error-limit 2 on-error mark-down",
  ]);
});

test("only what could not be connected to is sent to another gateway", () => {
  expect(text.match(/^ *(?:retry-on|retries|option redispatch) .*$/gm)).toEqual([
    "  retries 2",
    "  option redispatch 1",
    "  retry-on conn-failure",
  ]);
});

test("metrics and a sign of life are on a port of their own, and nothing else is", () => {
  expect(section("frontend operation").trimEnd().split("\n")).toEqual([
    "frontend operation",
    "  bind :8405",
    "  http-request use-service prometheus-exporter if { path /metrics }",
    '  http-request return status 200 content-type text/plain string "alive" if { path /health/live }',
    '  http-request return status 404 content-type text/plain string "nothing here"',
  ]);
  expect(section("frontend entry")).toContain("  bind :8000\n");
});

test("what a client says of its address is replaced", () => {
  const lines = section("frontend entry").split("\n");
  const removed = lines.findIndex((line) => line.includes("del-header X-Forwarded-For"));
  const set = lines.findIndex((line) => line.includes("set-header X-Forwarded-For %[src]"));
  expect(removed).toBeGreaterThan(0);
  expect(set).toBeGreaterThan(removed);
});

test("no header and no query is logged", () => {
  const [format = ""] = text.match(/log-format .*/g) ?? [];
  expect(format).not.toMatch(/%\[(capture|req|hdr|url|query)|%h[rs]|%r\b|%HU|%HQ/);
  expect(text).not.toMatch(/capture (request|response)|option httplog/);
});

test("errors are answers of the platform's own form", () => {
  const answers = [...text.matchAll(/http-error status (\d+) .* string '(.*)'$/gm)];
  expect(
    answers.map(([, status, body]) => [status, JSON.parse(body ?? "") as unknown]),
  ).toMatchObject([
    ["502", { error: { code: "upstream_failed", service: "gateway" } }],
    ["503", { error: { code: "service_unavailable", service: "gateway" } }],
    ["504", { error: { code: "upstream_timeout", service: "gateway" } }],
  ]);
});
