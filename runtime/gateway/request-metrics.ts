import { Gauge, type Registry } from "prom-client";
import { createRegistry, latencyBuckets } from "../kit/metrics.ts";
import {
  type CounterHandle,
  type HistogramHandle,
  QuickCounter,
  QuickHistogram,
} from "../kit/quick-metrics.ts";

/** What the gateway counts of every request. Labels are bounded, whatever clients and services send; no user is a label. */
export interface RequestMetrics {
  readonly registry: Registry;
  begin(): void;
  /** @param bytes of the body that the client announced, and of the one it got */
  end(request: CountedRequest): void;
  /** A request that never got as far as a route: what came was no HTTP. */
  refuse(status: number): void;
  /** Forgets everything but what is under way. */
  reset(): void;
}

export interface CountedRequest {
  /** Template. */
  readonly route: string;
  readonly method: string | undefined;
  readonly status: number;
  readonly durationMs: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
}

export function createRequestMetrics(labels: Readonly<Record<string, string>>): RequestMetrics {
  const registry = createRegistry(labels);
  const registers = [registry];
  let inFlight = 0;
  new Gauge({
    name: "http_requests_in_flight",
    help: "Requests that are not answered yet.",
    registers,
    collect() {
      this.set(inFlight);
    },
  });
  const requests = new QuickCounter({
    name: "http_requests_total",
    help: "Requests answered, by route template, method and status.",
    labelNames: ["route", "method", "code"],
    registers,
  });
  // Not by method: fourteen series each, and where it is slow a trace says more.
  const durations = new QuickHistogram({
    name: "http_request_duration_seconds",
    help: "Time from the request's head to the end of the answer.",
    labelNames: ["route"],
    buckets: latencyBuckets,
    registers,
  });
  const requestSizes = new QuickHistogram({
    name: "http_request_size_bytes",
    help: "Size of request bodies, as their heads announce it.",
    buckets: sizeBuckets,
    registers,
  });
  const responseSizes = new QuickHistogram({
    name: "http_response_size_bytes",
    help: "Size of the bodies of answers.",
    buckets: sizeBuckets,
    registers,
  });
  const requestSize = requestSizes.labels({});
  const responseSize = responseSizes.labels({});
  const handles = new Map<string, RouteHandles>();

  function handlesOf(route: string): RouteHandles {
    let known = handles.get(route);
    if (known === undefined) {
      known = { duration: durations.labels({ route }), requests: new Map() };
      handles.set(route, known);
    }
    return known;
  }

  function counterOf(
    route: string,
    { requests: known }: RouteHandles,
    { method, status }: Counted,
  ) {
    let ofMethod = known.get(method);
    if (ofMethod === undefined) {
      ofMethod = new Map();
      known.set(method, ofMethod);
    }
    let counter = ofMethod.get(status);
    if (counter === undefined) {
      counter = requests.labels({ route, method, code: codeOf(status) });
      ofMethod.set(status, counter);
    }
    return counter;
  }

  return {
    registry,
    begin: () => {
      inFlight += 1;
    },
    end: ({ route, method, status, durationMs, requestBytes, responseBytes }) => {
      inFlight -= 1;
      const ofRoute = handlesOf(route);
      const known = method !== undefined && knownMethods.has(method) ? method : "other";
      counterOf(route, ofRoute, { method: known, status }).inc();
      ofRoute.duration.observe(durationMs / 1000);
      requestSize.observe(requestBytes);
      responseSize.observe(responseBytes);
    },
    refuse: (status) => {
      counterOf("none", handlesOf("none"), { method: "other", status }).inc();
    },
    reset: () => {
      for (const metric of [requests, durations, requestSizes, responseSizes]) metric.reset();
    },
  };
}

interface Counted {
  readonly method: string;
  readonly status: number;
}

/** What was found for a route is kept: finding a series by its labels costs more than counting. */
interface RouteHandles {
  readonly duration: HistogramHandle;
  /** By method and status. A service can answer with nine hundred statuses at most. */
  readonly requests: Map<string, Map<number, CounterHandle>>;
}

const sizeBuckets = [100, 1000, 10_000, 100_000, 1_000_000];

const knownMethods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** Statuses that are labels of their own; services may send any, and the others count as their class. */
const knownCodes = new Set([
  ...[200, 201, 202, 204, 304],
  ...[400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 499],
  ...[500, 502, 503, 504],
]);

function codeOf(status: number): string {
  return knownCodes.has(status) ? String(status) : `${Math.floor(status / 100)}xx`;
}
