// The bundle with the settings that each plugin has by itself, put together as the READMEs show.
import circuitBreaker from "@fastify/circuit-breaker";
import proxy from "@fastify/http-proxy";
import rateLimit from "@fastify/rate-limit";
import Fastify from "fastify";
import { Redis } from "ioredis";
import client from "prom-client";

const { PORT, REDIS_PORT, UPSTREAM, PER_MINUTE } = process.env;

client.collectDefaultMetrics();
const durations = new client.Histogram({
  name: "http_request_duration_seconds",
  help: "Time of a request.",
  labelNames: ["method", "route", "status"],
});

const app = Fastify({ logger: true });
app.addHook("onResponse", async (request, reply) => {
  durations.observe(
    {
      method: request.method,
      route: request.routeOptions.url ?? "none",
      status: reply.statusCode,
    },
    reply.elapsedTime / 1000,
  );
});
await app.register(rateLimit, {
  max: Number(PER_MINUTE),
  timeWindow: "1 minute",
  redis: new Redis({ port: Number(REDIS_PORT) }),
  keyGenerator: (request) => request.headers["x-user-id"] ?? request.ip,
});
await app.register(circuitBreaker);
await app.register(proxy, {
  upstream: UPSTREAM,
  prefix: "/api/v1/trading",
  rewritePrefix: "/api/v1/trading",
  preHandler: app.circuitBreaker(),
});
app.get("/health", async () => ({ status: "healthy" }));
app.get("/metrics", async (_request, reply) => {
  reply.type(client.register.contentType);
  return client.register.metrics();
});
await app.listen({ port: Number(PORT), host: "127.0.0.1" });
