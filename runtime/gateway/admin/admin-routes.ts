import type { Registry as MetricsRegistry } from "prom-client";
import { paths } from "../../../catalog/endpoints.ts";
import type { RuntimeEnv } from "../../../catalog/runtime-env.ts";
import { serviceNames } from "../../../catalog/services.ts";
import type { Clock } from "../../kit/clock.ts";
import { Problem } from "../../kit/errors.ts";
import type { Logger } from "../../kit/logger.ts";
import { isRedisUnavailable } from "../../kit/redis.ts";
import { renderWaterfall, type TraceView } from "../../kit/tracing/trace-view.ts";
import { userIdSchema } from "../../kit/user-id.ts";
import type { Breakers } from "../breaker/breakers.ts";
import type { Registry } from "../registry.ts";
import { type AdminCall, type AdminRoute, jsonAnswer } from "./admin-handler.ts";
import { breakerRoutes } from "./breaker-pages.ts";
import { type ExpiryBounds, readExpiry } from "./expiry.ts";
import { type LogLevelSwitch, readLevel } from "./log-level.ts";
import { heapSummary, type Profiler, profileSeconds, readSeconds } from "./profile.ts";

export interface AdminRoutesInput {
  readonly env: Pick<RuntimeEnv, "INSTANCE_ID" | "RELEASE">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: MetricsRegistry;
  readonly registry: Registry;
  readonly breakers: Breakers;
  readonly logLevel: LogLevelSwitch;
  readonly profiler: Profiler;
  /** @returns null where nothing is known of the id; rejects while Redis is away */
  readonly readTrace: (correlationId: string) => Promise<TraceView | null>;
  /** Forgets what a user has used. Rejects while Redis is away; then it is forgotten here only. */
  readonly resetRateLimit: (userId: string) => Promise<void>;
}

const levelFor: ExpiryBounds = { defaultMs: 600_000, maxMs: 3_600_000 };

/** Everything that the admin port does, in the order of its list. */
export function adminRoutes(input: AdminRoutesInput): AdminRoute[] {
  const { env, clock, logger, metrics, logLevel, profiler } = input;
  return [
    {
      method: "GET",
      path: paths.metrics,
      does: "figures for Prometheus",
      handle: async () => ({
        status: 200,
        contentType: metrics.contentType,
        body: await metrics.metrics(),
      }),
    },
    {
      method: "GET",
      path: paths.live,
      does: "whether the process answers",
      handle: () =>
        jsonAnswer({
          status: "alive",
          service: "gateway",
          instance: env.INSTANCE_ID,
          release: env.RELEASE,
        }),
    },
    {
      method: "GET",
      path: "/registry",
      does: "where requests can go: the registry as it was last read, and who was ejected since",
      handle: () => jsonAnswer(dumpRegistry(input)),
    },
    ...breakerRoutes(input),
    {
      method: "GET",
      path: "/traces/<correlation id>",
      does: "the recent spans of one request, of every process it came through; ?format=text draws them",
      handle: (call) => showTrace(input, call),
    },
    {
      method: "POST",
      path: "/rate-limits/<user>/reset",
      does: "forgets what a user has used of the limits",
      handle: (call) => resetRateLimit(input, call),
    },
    {
      method: "GET",
      path: "/log-level",
      does: "the log level",
      handle: () => jsonAnswer(logLevel.view()),
    },
    // By POST too: the wget in Prometheus' container, from which one asks, knows no PUT.
    ...(["PUT", "POST"] as const).map((method): AdminRoute => ({
      method,
      path: "/log-level",
      does: "sets the log level for a while: ?level=debug&for=10m (default; 1h at most)",
      handle: (call) => setLogLevel(input, call),
    })),
    {
      method: "GET",
      path: "/profile",
      does: `a CPU profile of the running process: ?seconds=${profileSeconds.default} (default; ${profileSeconds.max} at most)`,
      handle: async ({ query, peer, signal }: AdminCall) => {
        const seconds = readSeconds(query);
        logger.warn({ seconds, peer }, "an operator takes a CPU profile");
        const body = await profiler.cpuProfile(seconds, signal);
        const at = new Date(clock.nowMs()).toISOString().replaceAll(":", "-");
        return {
          status: 200,
          contentType: "application/json",
          body,
          headers: {
            "content-disposition": `attachment; filename="${env.INSTANCE_ID}-${at}.cpuprofile"`,
          },
        };
      },
    },
    {
      method: "GET",
      path: "/profile/heap",
      does: "where the memory is, in bytes",
      handle: () => jsonAnswer(heapSummary()),
    },
  ];
}

function setLogLevel({ logLevel, logger }: AdminRoutesInput, { query, peer }: AdminCall) {
  const level = readLevel(query);
  const forMs = readExpiry(query, levelFor);
  logLevel.set(level, forMs);
  logger.warn({ level, forMs, peer }, "an operator set the log level");
  return jsonAnswer(logLevel.view());
}

async function showTrace({ readTrace }: AdminRoutesInput, { params, query }: AdminCall) {
  const id = params["correlation id"] ?? "";
  const format = query.get("format") ?? "json";
  if (format !== "json" && format !== "text") {
    throw new Problem("invalid_request", {
      message: `\`format\` is "${format}"; it must be json or text.`,
    });
  }
  const trace = await readTrace(id).catch((cause: unknown) => {
    if (!isRedisUnavailable(cause)) throw cause;
    throw new Problem("datastore_unavailable", {
      message: "Recent spans are in Redis, which does not answer.",
      cause,
    });
  });
  if (trace === null) {
    throw new Problem("not_found", {
      message: `There are no recent spans of "${id}". Kept are those of the last minutes: of requests that failed, that are sampled, or that came with an id of their own.`,
    });
  }
  if (format === "json") return jsonAnswer(trace);
  const body = renderWaterfall(trace);
  return { status: 200, contentType: "text/plain; charset=utf-8", body };
}

async function resetRateLimit(
  { resetRateLimit: reset, logger }: AdminRoutesInput,
  { params, peer }: AdminCall,
) {
  const text = params["user"] ?? "";
  const parsed = userIdSchema.safeParse(text);
  if (!parsed.success) {
    throw new Problem("invalid_identity", { message: `"${text}" is not a user id.` });
  }
  const user = parsed.data;
  await reset(user).catch((cause: unknown) => {
    throw new Problem("datastore_unavailable", {
      message: "Redis does not answer: what the user has used is forgotten by this gateway only.",
      cause,
    });
  });
  logger.warn({ user, peer }, "an operator reset a user's rate limits");
  return jsonAnswer({ user, reset: true });
}

function dumpRegistry({ registry, clock }: AdminRoutesInput) {
  const { source, instances, readAtMs, redisNowMs } = registry.snapshot();
  return {
    source: registry.source(),
    readFrom: source,
    readAt: readAtMs === null ? null : new Date(readAtMs).toISOString(),
    ageMs: readAtMs === null ? null : clock.nowMs() - readAtMs,
    redisTime: redisNowMs === null ? null : new Date(redisNowMs).toISOString(),
    services: Object.fromEntries(
      serviceNames.map((service) => [
        service,
        (instances.get(service) ?? []).map((instance) => ({
          ...instance,
          ejected: registry.isEjected(instance),
        })),
      ]),
    ),
  };
}
