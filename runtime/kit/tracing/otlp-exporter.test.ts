import { afterEach, describe, expect, it } from "vitest";
import { systemRandom } from "../clock.ts";
import { silentLogger } from "../logger.ts";
import { waitUntil } from "../testing/wait-until.ts";
import { createOtlpExporter, type ExportTiming } from "./otlp-exporter.ts";
import {
  accept,
  type CollectedBatch,
  startCollector,
  type TestCollector,
} from "./testing/collector.ts";
import { testMetrics, testResource, testSpan } from "./testing/spans.ts";
import type { SpanSink } from "./tracer.ts";

const collectors: TestCollector[] = [];
const exporters: SpanSink[] = [];
afterEach(async () => {
  await Promise.all(exporters.splice(0).map((exporter) => exporter.stop()));
  await Promise.all(collectors.splice(0).map((collector) => collector.close()));
});

async function collect(...args: Parameters<typeof startCollector>): Promise<TestCollector> {
  const collector = await startCollector(...args);
  collectors.push(collector);
  return collector;
}

const namesIn = ({ spans }: CollectedBatch) => spans.map(({ name }) => name);

const quick: ExportTiming = {
  intervalMs: 10,
  deadlineMs: 200,
  backOffMs: 10,
  stopDeadlineMs: 500,
};

function exportTo(endpoint: string, timing: ExportTiming = quick) {
  const { metrics, values } = testMetrics();
  const exporter = createOtlpExporter({
    endpoint,
    resource: testResource,
    toUnixMs: (ms) => 1_767_607_200_000 + ms,
    metrics,
    logger: silentLogger,
    random: systemRandom,
    timing,
  });
  exporters.push(exporter);
  return { exporter, values };
}

const sent = "trace_spans_exported_total{outcome=sent}";
const failed = "trace_spans_exported_total{outcome=failed}";
const rejected = "trace_spans_exported_total{outcome=rejected}";
const dropped = "trace_spans_dropped_total{reason=export_queue_full}";

describe("the exporter", () => {
  it("sends sampled spans together, as JSON, to the path of the protocol", async () => {
    const collector = await collect();
    const { exporter, values } = exportTo(`${collector.endpoint}/otlp/`);
    exporter.add(testSpan({ name: "one" }));
    exporter.add(testSpan({ name: "left", sampled: false }));
    exporter.add(testSpan({ name: "two" }));
    await waitUntil(async () => (await values())[sent] === 2, { what: "both are sent" });
    expect(collector.batches).toMatchObject([
      {
        path: "/otlp/v1/traces",
        type: "application/json",
        spans: [{ name: "one" }, { name: "two" }],
      },
    ]);
    expect(await values()).toEqual({ [sent]: 2 });
  });

  it("tries again after an answer that allows it, with the same batch", async () => {
    const collector = await collect((response, request) => {
      response.writeHead(request < 3 ? 503 : 200).end("{}");
    });
    const { exporter, values } = exportTo(collector.endpoint);
    exporter.add(testSpan({ name: "one" }));
    await waitUntil(async () => (await values())[sent] === 1, { what: "it is sent" });
    expect(collector.batches.map(namesIn)).toEqual([["one"], ["one"], ["one"]]);
  });

  it.each([
    ["four times, when it is always overloaded", 429, 4],
    ["once, when the batch is refused", 400, 1],
  ])("gives a batch up after trying %s", async (_what, status, requests) => {
    const collector = await collect((response) => response.writeHead(status).end());
    const { exporter, values } = exportTo(collector.endpoint);
    exporter.add(testSpan());
    await waitUntil(async () => (await values())[failed] === 1, { what: "it is given up" });
    expect(collector.batches).toHaveLength(requests);
  });

  it("counts what a collector takes and refuses of one batch", async () => {
    const body = JSON.stringify({ partialSuccess: { rejectedSpans: "2", errorMessage: "old" } });
    const collector = await collect((response) => response.writeHead(200).end(body));
    const { exporter, values } = exportTo(collector.endpoint);
    for (let index = 0; index < 5; index += 1) exporter.add(testSpan());
    await waitUntil(async () => (await values())[sent] === 3, { what: "three are sent" });
    expect(await values()).toEqual({ [sent]: 3, [rejected]: 2 });
  });

  it("waits as long as a collector asks, and not longer", async () => {
    let firstMs = 0;
    let secondMs = 0;
    const collector = await collect((response, request) => {
      if (request === 1) {
        firstMs = performance.now();
        response.writeHead(429, { "retry-after": "1" }).end();
      } else {
        secondMs = performance.now();
        accept(response, request);
      }
    });
    const { exporter, values } = exportTo(collector.endpoint);
    exporter.add(testSpan());
    await waitUntil(async () => (await values())[sent] === 1, { what: "it is sent" });
    expect(secondMs - firstMs).toBeGreaterThan(990);
  });

  it("holds a bounded number of spans for a collector that never answers, and adding takes no time", async () => {
    const collector = await collect(() => undefined);
    const { exporter, values } = exportTo(collector.endpoint, { ...quick, deadlineMs: 60_000 });
    const startedMs = performance.now();
    for (let index = 0; index < 10_000; index += 1) exporter.add(testSpan());
    expect(performance.now() - startedMs).toBeLessThan(500);
    expect(await values()).toEqual({ [dropped]: 10_000 - 2048 });
    await waitUntil(() => collector.batches.length === 1, { what: "the first batch is there" });
    for (let index = 0; index < 10_000; index += 1) exporter.add(testSpan());
    // 512 are on their way, so that as many more found room.
    expect(await values()).toEqual({ [dropped]: 20_000 - 2048 - 512 });
    const stoppingMs = performance.now();
    await exporter.stop();
    expect(performance.now() - stoppingMs).toBeLessThan(1500);
  });

  it("goes on when a collector that was away is there", async () => {
    const gone = await collect();
    const { endpoint } = gone;
    await gone.close();
    const { exporter, values } = exportTo(endpoint);
    exporter.add(testSpan({ name: "lost" }));
    await waitUntil(async () => (await values())[failed] === 1, { what: "it is given up" });

    const again = await collect(accept, Number(new URL(endpoint).port));
    exporter.add(testSpan({ name: "later" }));
    await waitUntil(async () => (await values())[sent] === 1, { what: "it is sent" });
    expect(again.batches.map(namesIn)).toEqual([["later"]]);
  });

  it("sends what is queued before it stops", async () => {
    const collector = await collect();
    const { exporter, values } = exportTo(collector.endpoint, { ...quick, intervalMs: 60_000 });
    exporter.add(testSpan({ name: "last" }));
    await exporter.stop();
    expect(collector.batches.map(namesIn)).toEqual([["last"]]);
    expect(await values()).toEqual({ [sent]: 1 });
  });
});
