import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
} from "node:http";
import type { AddressInfo } from "node:net";
import { Agent, request as send } from "undici";
import { serviceNames, type ServiceName } from "../../../catalog/services.ts";
import { type Clock, steadyClock, systemClock, systemRandom } from "../../kit/clock.ts";
import { silentLogger } from "../../kit/logger.ts";
import type { LinkState } from "../../kit/redis.ts";
import { silentTracer, type Tracer } from "../../kit/tracing/tracer.ts";
import { type Breakers, type CheckedBreakers, createBreakers } from "../breaker/breakers.ts";
import { checkReady } from "../breaker/check-ready.ts";
import { reportChanges } from "../breaker/report-changes.ts";
import type { BreakerRules } from "../breaker/rules.ts";
import { watchReturns } from "../breaker/watch-returns.ts";
import { exportConnections } from "../connection-metrics.ts";
import { createGatewayMetrics, type GatewayMetrics } from "../gateway-metrics.ts";
import { createGateway } from "../gateway.ts";
import { identifyByHeader } from "../identity/by-header.ts";
import type { Identify } from "../identity/identify.ts";
import { createPages } from "../pages.ts";
import { noLimiter, type RateLimiter } from "../rate-limit/limiter.ts";
import { createRegistry, type Instance, type Registry } from "../registry.ts";
import { createInFlight } from "../shed/in-flight.ts";
import { createGatewayServer } from "../server-options.ts";
import { createRequestMetrics, type RequestMetrics } from "../request-metrics.ts";
import { createUpstreams, type Upstreams } from "../upstreams.ts";

/** The gateway as it runs, all stages of it, on a loopback socket; the registry is the test's. */
export interface TestGateway {
  readonly port: number;
  readonly registry: Registry;
  readonly breakers: Breakers;
  readonly httpMetrics: RequestMetrics;
  readonly metrics: GatewayMetrics;
  /** Codes of the requests that were no HTTP. */
  readonly refusals: readonly string[];
  /** Why requests were turned away. */
  readonly shed: readonly string[];
  /** Puts these instances into the registry, as if they had just been read. */
  register(...instances: Instance[]): void;
  setDraining(draining: boolean): void;
  setWarm(warm: boolean): void;
  ask(path: string, options?: AskOptions): Promise<TestAnswer>;
  stop(): Promise<void>;
}

export interface AskOptions {
  readonly method?: "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "OPTIONS";
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

export interface TestAnswer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
  /** The body as JSON, or undefined. */
  readonly json: unknown;
}

export interface TestGatewayOptions {
  readonly authMode?: "header" | "jwt";
  readonly identify?: Identify;
  readonly corsOrigins?: readonly string[];
  readonly maxBodyBytes?: number;
  /** Requests to services that may be under way, as if the event loop allowed no more. @default 1000 */
  readonly maxInFlight?: number;
  readonly limiter?: RateLimiter;
  readonly userPerMinute?: number;
  readonly addressPerMinute?: number;
  /** What differs from the breakers' rules as deployed. */
  readonly breakerRules?: Partial<BreakerRules>;
  /** Stands between the gateway and its breakers, to watch or to change what they say. */
  readonly wrapBreakers?: (breakers: CheckedBreakers) => CheckedBreakers;
  /** Of the breakers and of what is kept for when a service is away. @default the steady clock */
  readonly clock?: Clock;
  readonly tracer?: Tracer;
  readonly trustForwardedFor?: boolean;
  readonly deadlineMs?: number;
  /** What differs from the server's options as deployed. */
  readonly serverOptions?: ServerOptions;
  readonly linkState?: LinkState;
  readonly registry?: Registry;
}

export async function startTestGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const registry = options.registry ?? createRegistry(systemClock, []);
  registry.setRedisUp(true);
  const clock = options.clock ?? steadyClock;
  const httpMetrics = createRequestMetrics({});
  const metrics = createGatewayMetrics(httpMetrics.registry);
  const ownBreakers = createBreakers({
    registry,
    clock,
    random: systemRandom,
    ...(options.breakerRules && { rules: options.breakerRules }),
  });
  const breakers = options.wrapBreakers?.(ownBreakers) ?? ownBreakers;
  reportChanges(breakers, metrics, silentLogger);
  const returns = watchReturns({
    registry,
    breakers,
    check: checkReady,
    clock,
    random: systemRandom,
  });
  const upstreams: Upstreams = createUpstreams(registry, systemRandom);
  exportConnections(httpMetrics.registry, upstreams);
  const refusals: string[] = [];
  const shed: string[] = [];
  let draining = false;
  let warm = true;
  const pages = createPages({
    env: { INSTANCE_ID: "api-gateway", RELEASE: "r1" },
    clock: systemClock,
    registry,
    breakers,
    linkState: () => options.linkState ?? { status: "up" },
    isLimiterAlone: () => (options.limiter ?? noLimiter).isDegraded(),
    readKpis: () => Promise.reject(new Error("These tests have no Redis.")),
    metrics: httpMetrics.registry,
    isWarm: () => warm,
    isDraining: () => draining,
  });
  const handle = createGateway({
    authMode: options.authMode ?? "header",
    shed: {
      limit: { current: () => options.maxInFlight ?? 1000, settle: () => undefined },
      inFlight: createInFlight(),
      maxInFlight: 1000,
      onShed: (reason) => shed.push(reason),
    },
    identify: options.identify ?? identifyByHeader,
    guard: {
      corsOrigins: options.corsOrigins ?? [],
      ...(options.maxBodyBytes !== undefined && { maxBodyBytes: options.maxBodyBytes }),
    },
    rateLimit: {
      limiter: options.limiter ?? noLimiter,
      userPerMinute: options.userPerMinute ?? 200,
      addressPerMinute: options.addressPerMinute ?? 1200,
    },
    breakers,
    tracer: options.tracer ?? silentTracer(systemRandom),
    trustForwardedFor: options.trustForwardedFor ?? false,
    registry,
    upstreams,
    pages,
    httpMetrics,
    metrics,
    clock,
    logger: silentLogger,
    random: systemRandom,
    deadlineMs: options.deadlineMs ?? 10_000,
  });
  const { server, port } = await listen(
    createGatewayServer({
      handle,
      random: systemRandom,
      ...(options.serverOptions && { options: options.serverOptions }),
      onRefused: (problem) => refusals.push(problem.code),
    }),
  );
  const agent = new Agent();

  return {
    port,
    registry,
    breakers,
    httpMetrics,
    metrics,
    refusals,
    shed,
    register: (...instances) => {
      const byService = serviceNames.map(
        (name) => [name, instances.filter(({ service }) => service === name)] as const,
      );
      const nowMs = Date.now();
      registry.replace({
        source: "redis",
        instances: new Map(byService),
        readAtMs: nowMs,
        redisNowMs: nowMs,
      });
    },
    setDraining: (value) => {
      draining = value;
    },
    setWarm: (value) => {
      warm = value;
    },
    ask: async (path, { method = "GET", headers = {}, body } = {}) => {
      const answer = await send(`http://127.0.0.1:${port}${path}`, {
        method,
        headers,
        body: body ?? null,
        dispatcher: agent,
      });
      const text = await answer.body.text();
      return {
        status: answer.statusCode,
        headers: answer.headers,
        text,
        json: parseOrUndefined(text),
      };
    },
    stop: async () => {
      returns.stop();
      await agent.destroy();
      server.closeAllConnections();
      server.close();
      await upstreams.close();
    },
  };
}

export interface TestService {
  readonly instance: Instance;
  /** Heads of the requests it got. */
  readonly seen: IncomingMessage[];
  readonly server: Server;
  stop(): Promise<void>;
}

/** A real server in a service's place. */
export async function startTestService(
  service: ServiceName,
  handle: RequestListener,
  overrides: Partial<Instance> = {},
): Promise<TestService> {
  const seen: IncomingMessage[] = [];
  const { server, port } = await listen(
    createServer((request, response) => {
      seen.push(request);
      handle(request, response);
    }),
  );
  return {
    seen,
    server,
    instance: {
      service,
      id: `${service}-${port}`,
      host: "127.0.0.1",
      port,
      incarnation: "first",
      release: "r1",
      startedAtMs: 0,
      heartbeatMs: 0,
      ...overrides,
    },
    stop: async () => {
      server.closeAllConnections();
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      await closed;
    },
  };
}

export async function readText(
  request: IncomingMessage,
  encoding: "utf8" | "latin1" = "utf8",
): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString(encoding);
}

async function listen(server: Server): Promise<{ server: Server; port: number }> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, port: (server.address() as AddressInfo).port };
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
