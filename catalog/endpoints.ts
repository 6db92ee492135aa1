import { z } from "zod";

/** Paths and headers that more than one side uses. */
export const paths = {
  health: "/health",
  live: "/health/live",
  ready: "/health/ready",
  metrics: "/metrics",
  services: "/services",
  dashboard: "/dashboard",
  apiPrefix: "/api/v1",
} as const;

export const headers = {
  correlationId: "x-correlation-id",
  userId: "x-user-id",
  idempotencyKey: "idempotency-key",
  /** On an answer that the gateway gave in a service's place: `unavailable`, or `stale` with `Age`. */
  fallback: "x-fallback",
  /** W3C Trace Context, in and out. */
  traceparent: "traceparent",
  tracestate: "tracestate",
  /** Milliseconds that are left to answer the request in; each hop passes on what is left then. */
  deadline: "x-request-deadline-ms",
  /** `local` while a gateway limits by what it has seen itself, since Redis does not answer. */
  rateLimitMode: "x-ratelimit-mode",
} as const;

/** Body of every answer that is an error, from the gateway and from the services. */
export const errorAnswerSchema = z.object({
  error: z.looseObject({
    /** An entry of the runtime's error table, for example `service_unavailable`. */
    code: z.string(),
    message: z.string(),
    service: z.string(),
    correlationId: z.string(),
  }),
});

const redisState = z.object({
  status: z.enum(["up", "down"]),
  /** What is waited for, in words; only while it is down. */
  waitingFor: z.string().optional(),
});

/** `GET /health` of the gateway: 200 while it can serve, `degraded` when something it needs is away. */
export const gatewayHealthSchema = z.object({
  status: z.enum(["healthy", "degraded", "draining"]),
  service: z.literal("gateway"),
  instance: z.string(),
  release: z.string(),
  startedAt: z.iso.datetime(),
  /** `local` while it limits by what it has seen itself, since Redis does not answer. Absent in answers of older releases. */
  rateLimits: z.enum(["shared", "local"]).optional(),
  dependencies: z.object({
    redis: redisState,
    services: z.record(z.string(), z.enum(["healthy", "unavailable"])),
    /** Breakers that are not closed, by service, with the reason. Absent in answers of older releases. */
    breakers: z
      .record(z.string(), z.object({ state: z.enum(["half_open", "open"]), reason: z.string() }))
      .optional(),
  }),
});

/** `GET /health` of a service: 200, or 503 while Redis is away, since nothing works without it. */
export const serviceHealthSchema = z.object({
  status: z.enum(["healthy", "unavailable", "draining"]),
  service: z.string(),
  instance: z.string(),
  release: z.string(),
  startedAt: z.iso.datetime(),
  registered: z.boolean(),
  dependencies: z.object({ redis: redisState }),
});

/** What the gateway shows of a breaker. */
const breakerView = z.object({
  state: z.enum(["closed", "half_open", "open"]),
  /** Why it is not closed; null while it is. */
  reason: z.string().nullable(),
  /** Until it lets a request through to try. */
  retryInMs: z.number(),
  /** What an operator has set, and for how long it still holds. */
  forced: z.object({ state: z.enum(["open", "closed"]), forMs: z.number() }).nullable(),
  /** In the last ten seconds. */
  calls: z.number().int(),
  failures: z.number().int(),
  slowCalls: z.number().int(),
});

/** `GET /services` of the gateway: what it knows of every service in the catalogue, keyed by service name. */
export const servicesAnswerSchema = z.object({
  registry: z.object({
    /** `seed`: Redis was never reached; `last-known`: it was, and is away now. */
    source: z.enum(["redis", "last-known", "seed"]),
    /** Time since the registry was last read; null before the first time. */
    ageMs: z.number().nullable(),
  }),
  services: z.record(
    z.string(),
    z.object({
      /** `unavailable`: no instance can be asked, or its breaker is open. */
      status: z.enum(["healthy", "unavailable"]),
      routePrefix: z.string(),
      /** Absent in answers of older releases, as an instance's. */
      breaker: breakerView.optional(),
      instances: z.array(
        z.object({
          id: z.string(),
          /** `host:port` */
          address: z.string(),
          /** `ejected`: it refused a connection and has not been heard of since. */
          status: z.enum(["healthy", "ejected"]),
          release: z.string().nullable(),
          /** Time since it started; null for a seed, of which nothing is known. */
          ageSeconds: z.number().nullable(),
          heartbeatAgeMs: z.number().nullable(),
          breaker: breakerView.optional(),
        }),
      ),
    }),
  ),
});

/** `GET /dashboard` of the gateway. Every figure counts each event of the trading stream once. */
export const dashboardAnswerSchema = z.object({
  asOf: z.iso.datetime(),
  /** Redis is away, and the figures are the last that were read. */
  stale: z.boolean(),
  /** Trading events that are published and not yet in the figures. */
  eventsPending: z.number().int(),
  kpis: z.object({
    trades_total: z.number().int(),
    trading_volume_usd: z.number(),
    trading_fees_usd: z.number(),
    traders_total: z.number().int(),
    trades_today: z.number().int(),
    trading_volume_today_usd: z.number(),
    last_trade_at: z.iso.datetime().nullable(),
  }),
  services: z.record(z.string(), z.enum(["healthy", "unavailable"])),
});

export type GatewayHealth = z.infer<typeof gatewayHealthSchema>;
export type ServiceHealth = z.infer<typeof serviceHealthSchema>;
export type ServicesAnswer = z.infer<typeof servicesAnswerSchema>;
export type DashboardAnswer = z.infer<typeof dashboardAnswerSchema>;
