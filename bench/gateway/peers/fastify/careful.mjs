// The same bundle by somebody who has read the documentation and the issues of each part: one log line a request, written in
// batches; metric children kept; Redis commands batched and given a deadline; no retries that multiply load.
import circuitBreaker from "@fastify/circuit-breaker";
import proxy from "@fastify/http-proxy";
import rateLimit from "@fastify/rate-limit";
import Fastify from "fastify";
import { Redis } from "ioredis";
import pino from "pino";
import client from "prom-client";

const { PORT, REDIS_PORT, UPSTREAM, PER_MINUTE } = process.env;

client.collectDefaultMetrics({ eventLoopMonitoringPrecision: 100 });
const durations = new client.Histogram({
  name: "http_request_duration_seconds",
  help: "Time of a request.",
  labelNames: ["method", "route", "status"],
});
const children = new Map();

function childFor(method, route, status) {
  const key = `${method} ${route} ${status}`;
  let child = children.get(key);
  if (child === undefined) {
    child = durations.labels(method, route, String(status));
    children.set(key, child);
  }
  return child;
}

const logger = pino({ level: "info" }, pino.destination({ sync: false, minLength: 4096 }));
const app = Fastify({ loggerInstance: logger, disableRequestLogging: true });
app.addHook("onResponse", (request, reply, done) => {
  const route = request.routeOptions.url ?? "none";
  childFor(request.method, route, reply.statusCode).observe(reply.elapsedTime / 1000);
  logger.info(
    {
      reqId: request.id,
      method: request.method,
      url: request.url,
      status: reply.statusCode,
      ms: reply.elapsedTime,
      user: request.headers["x-user-id"],
    },
    "request",
  );
  done();
});

const redis = new Redis({
  port: Number(REDIS_PORT),
  enableAutoPipelining: true,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  connectTimeout: 500,
  commandTimeout: 50,
  socketTimeout: 2000,
});
redis.on("error", () => undefined);
await app.register(rateLimit, {
  max: Number(PER_MINUTE),
  timeWindow: 60_000,
  redis,
  skipOnError: true,
  keyGenerator: (request) => request.headers["x-user-id"] ?? request.ip,
});
await app.register(circuitBreaker, { threshold: 5, timeout: 10_000, resetTimeout: 5000 });
await app.register(proxy, {
  upstream: UPSTREAM,
  prefix: "/api/v1/trading",
  rewritePrefix: "/api/v1/trading",
  preHandler: app.circuitBreaker(),
  undici: { connections: 128, pipelining: 1, keepAliveTimeout: 30_000 },
  replyOptions: { retryMethods: [], maxRetriesOn503: 0 },
});
app.get("/health", async () => ({ status: "healthy" }));
app.get("/metrics", async (_request, reply) => {
  reply.type(client.register.contentType);
  return client.register.metrics();
});
await app.listen({ port: Number(PORT), host: "127.0.0.1" });
