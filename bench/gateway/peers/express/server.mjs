// Express with the middleware that is most often chosen, connections to the upstream kept, metric children as they come.
import express from "express";
import { createProxyMiddleware } from "http-proxy-middleware";
import { Redis } from "ioredis";
import http from "node:http";
import CircuitBreaker from "opossum";
import { pinoHttp } from "pino-http";
import client from "prom-client";
import { RateLimiterRedis } from "rate-limiter-flexible";

const { PORT, REDIS_PORT, UPSTREAM, PER_MINUTE } = process.env;

client.collectDefaultMetrics();
const durations = new client.Histogram({
  name: "http_request_duration_seconds",
  help: "Time of a request.",
  labelNames: ["method", "route", "status"],
});
const limiter = new RateLimiterRedis({
  storeClient: new Redis({ port: Number(REDIS_PORT) }),
  keyPrefix: "limit",
  points: Number(PER_MINUTE),
  duration: 60,
});
const proxy = createProxyMiddleware({
  target: UPSTREAM,
  agent: new http.Agent({ keepAlive: true, maxSockets: 128 }),
  proxyTimeout: 10_000,
});

/** The breaker's action: a proxied request, which failed when its answer is a 5xx. */
function forward(request, response, next) {
  return new Promise((resolve, reject) => {
    response.once("close", () => {
      if (response.statusCode < 500) resolve();
      else reject(new Error(`status ${response.statusCode}`));
    });
    proxy(request, response, next);
  });
}

const breaker = new CircuitBreaker(forward, {
  timeout: 10_000,
  errorThresholdPercentage: 50,
  resetTimeout: 5000,
});
const app = express();
app.disable("x-powered-by");
app.use(pinoHttp());
app.use((request, response, next) => {
  const stop = durations.startTimer();
  response.once("finish", () =>
    stop({ method: request.method, route: "/api/v1/trading", status: response.statusCode }),
  );
  next();
});
app.get("/health", (_request, response) => void response.json({ status: "healthy" }));
app.get("/metrics", async (_request, response) => {
  response.type(client.register.contentType).send(await client.register.metrics());
});
app.use(async (request, response, next) => {
  try {
    await limiter.consume(request.get("x-user-id") ?? request.ip);
    next();
  } catch (reason) {
    if (reason instanceof Error) next(reason);
    else response.status(429).json({ error: "Too many requests" });
  }
});
app.use("/api/v1/trading", async (request, response, next) => {
  // The mount point was cut off; the upstream knows the whole path.
  request.url = request.originalUrl;
  try {
    await breaker.fire(request, response, next);
  } catch (error) {
    if (!response.headersSent) response.status(503).json({ error: error.message });
  }
});
app.listen(Number(PORT), "127.0.0.1");
