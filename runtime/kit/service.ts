import type { Hono } from "hono";
import type { Redis } from "ioredis";
import type { RuntimeEnv } from "../../catalog/runtime-env.ts";
import type { Registry } from "prom-client";
import type { Clock, Random } from "./clock.ts";
import type { ConsumerDefinition } from "./consumer.ts";
import type { EventSource } from "./events.ts";
import type { Logger } from "./logger.ts";

/** What a service's own code gets to work with. */
export interface ServiceDeps {
  readonly redis: Redis;
  readonly events: EventSource;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** For metrics of the service's own. */
  readonly metrics: Registry;
  /** Whether a request's word for who asks is taken; see {@link RuntimeEnv}. */
  readonly authMode: RuntimeEnv["AUTH_MODE"];
}

/** Values that go along with one request. */
export interface ServiceHonoEnv {
  Variables: { correlationId: string };
}

export type ServiceRoutes = Hono<ServiceHonoEnv>;

/** What a folder of `services/` exports: HTTP, and what it does with events of other domains. */
export interface ServiceImplementation {
  /** Routes below the service's prefix `/api/v1/<route>`. */
  readonly createRoutes: (deps: ServiceDeps) => ServiceRoutes;
  readonly createConsumers?: (deps: ServiceDeps) => readonly ConsumerDefinition[];
}
