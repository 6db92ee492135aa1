import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Deployment } from "../../catalog/deployment.ts";
import { headers, paths } from "../../catalog/endpoints.ts";
import { gatewayAdmin } from "../../catalog/parts.ts";
import { healthPage, servicesPage } from "./evidence.ts";

/** What a test may change while the server runs. */
export interface FakePlatformState {
  trades: number;
  volumeUsd: number;
  /** Reads of the dashboard that still show the figures before a trade. */
  dashboardLag: number;
  /** Path to the status it is answered with. */
  statuses: Record<string, number>;
  forwardsCorrelationId: boolean;
  /** Requests of a user that are let through. */
  userLimit: number;
  targetsUp: boolean;
  /** Called for every request. */
  onRequest: (request: IncomingMessage, body: string) => void;
}

export interface FakePlatform {
  readonly url: string;
  readonly state: FakePlatformState;
  readonly close: () => Promise<void>;
}

/** Gateway, Prometheus and Grafana in one loopback server, as far as the probes see them. */
export async function startFakePlatform(deployment: Deployment): Promise<FakePlatform> {
  const state: FakePlatformState = {
    trades: 7,
    volumeUsd: 7000,
    dashboardLag: 0,
    statuses: {},
    forwardsCorrelationId: true,
    userLimit: 200,
    targetsUp: true,
    onRequest: () => undefined,
  };
  const counts = new Map<string, number>();
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      state.onRequest(request, body);
      respond(deployment, state, { request, body, response, counts });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    state,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Call {
  readonly request: IncomingMessage;
  readonly body: string;
  readonly response: ServerResponse;
  /** Requests so far, by user. */
  readonly counts: Map<string, number>;
}

function respond(
  deployment: Deployment,
  state: FakePlatformState,
  { request, body, response, counts }: Call,
): void {
  const path = (request.url ?? "").replace(/\?.*/, "");
  const sent = state.forwardsCorrelationId ? request.headers[headers.correlationId] : undefined;
  const isOver = countOf(counts, request.headers[headers.userId]) > state.userLimit;
  const status = isOver ? 429 : (state.statuses[path] ?? (request.method === "POST" ? 201 : 200));
  if (request.method === "POST" && status === 201) {
    state.trades++;
    state.volumeUsd += (JSON.parse(body) as { amount: number }).amount;
  }
  const text =
    path === paths.metrics
      ? '# HELP up x\nhttp_requests_total{route="/health"} 3\nhttp_requests_total 1\nup 1\n'
      : JSON.stringify(pageAt(path, deployment, state));
  response.writeHead(status, {
    "content-type": path === paths.metrics ? "text/plain; version=0.0.4" : "application/json",
    [headers.correlationId]: sent ?? "req_0123456789abcdef",
    ...(isOver ? { "retry-after": "59" } : {}),
  });
  response.end(text);
}

function countOf(counts: Map<string, number>, user: string | string[] | undefined): number {
  if (typeof user !== "string") return 0;
  const count = (counts.get(user) ?? 0) + 1;
  counts.set(user, count);
  return count;
}

function pageAt(path: string, deployment: Deployment, state: FakePlatformState): unknown {
  switch (path) {
    case paths.health:
      return healthPage(deployment);
    case paths.services:
      return servicesPage(deployment);
    case paths.dashboard: {
      const isLagging = state.dashboardLag > 0;
      if (isLagging) state.dashboardLag--;
      return dashboardPage(state.trades - (isLagging ? 1 : 0), state.volumeUsd);
    }
    case "/api/v1/targets":
      return targetsPage(deployment, state.targetsUp);
    default:
      return { path };
  }
}

function dashboardPage(trades: number, volumeUsd: number) {
  return {
    asOf: "2026-01-01T00:00:00.000Z",
    stale: false,
    eventsPending: 0,
    kpis: {
      trades_total: trades,
      trading_volume_usd: volumeUsd,
      trading_fees_usd: 1,
      traders_total: 1,
      trades_today: trades,
      trading_volume_today_usd: volumeUsd,
      last_trade_at: null,
    },
    services: {},
  };
}

function targetsPage({ containers }: Deployment, up: boolean) {
  const activeTargets = containers
    .filter(({ role }) => role === "gateway" || role === "service")
    .map(({ name, service, adminPort }) => ({
      labels: {
        job: service,
        instance: adminPort === null ? `${name}:8000` : `${gatewayAdmin.host(name)}:${adminPort}`,
      },
      health: up ? "up" : "down",
      lastError: up ? "" : "connection refused",
    }));
  return { status: "success", data: { activeTargets, droppedTargets: [] } };
}
