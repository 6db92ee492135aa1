import type { Registry as MetricsRegistry } from "prom-client";
import { paths } from "../../../catalog/endpoints.ts";
import type { RuntimeEnv } from "../../../catalog/runtime-env.ts";
import { serviceNames } from "../../../catalog/services.ts";
import type { Clock } from "../../kit/clock.ts";
import type { Logger } from "../../kit/logger.ts";
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
      path: "/log-level",
      does: "the log level",
      handle: () => jsonAnswer(logLevel.view()),
    },
    {
      method: "PUT",
      path: "/log-level",
      does: "sets the log level for a while: ?level=debug&for=10m (default; 1h at most)",
      handle: ({ query, peer }) => {
        const level = readLevel(query);
        const forMs = readExpiry(query, levelFor);
        logLevel.set(level, forMs);
        logger.warn({ level, forMs, peer }, "an operator set the log level");
        return jsonAnswer(logLevel.view());
      },
    },
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
