import fc from "fast-check";
import { Counter, Histogram, Registry } from "prom-client";
import { expect, test } from "vitest";
import { QuickCounter, QuickHistogram } from "./quick-metrics.ts";

const buckets = [0.1, 0.5, 1];
const label = fc.constantFrom("/a", "/b", 'with "quotes"', "back\\slash");
const step = fc.oneof(
  fc.record({ kind: fc.constant("count" as const), route: label, by: fc.nat(5) }),
  fc.record({
    kind: fc.constant("observe" as const),
    route: label,
    // The edges themselves too: they belong to their own bucket.
    value: fc.oneof(
      fc.constantFrom(...buckets, 0, 7),
      fc.integer({ min: 0, max: 2000 }).map((it) => it / 1000),
    ),
  }),
  fc.record({ kind: fc.constant("reset" as const) }),
);

test("is written out as prom-client writes out its own, whatever was counted", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const [ours, theirs] = [new Registry(), new Registry()];
      for (const registry of [ours, theirs]) registry.setDefaultLabels({ instance: "x" });
      const name = { counter: "requests_total", histogram: "duration_seconds" };
      const help = 'With "quotes".';
      const common = { help, labelNames: ["route"] as const };
      const mine = {
        counter: new QuickCounter({ name: name.counter, ...common, registers: [ours] }),
        histogram: new QuickHistogram({
          name: name.histogram,
          ...common,
          buckets,
          registers: [ours],
        }),
      };
      const other = {
        counter: new Counter({ name: name.counter, ...common, registers: [theirs] }),
        histogram: new Histogram({ name: name.histogram, ...common, buckets, registers: [theirs] }),
      };
      const handles = new Map<string, ReturnType<typeof mine.histogram.labels>>();
      for (const it of steps) {
        if (it.kind === "count") {
          mine.counter.inc({ route: it.route }, it.by);
          other.counter.inc({ route: it.route }, it.by);
        } else if (it.kind === "observe") {
          const handle = handles.get(it.route) ?? mine.histogram.labels({ route: it.route });
          handles.set(it.route, handle);
          handle.observe(it.value);
          other.histogram.observe({ route: it.route }, it.value);
        } else {
          mine.counter.reset();
          mine.histogram.reset();
          other.counter.reset();
          other.histogram.reset();
        }
      }
      // Series that were reset stay, with nothing in them: there prom-client forgets that it ever had them.
      const lines = async (registry: Registry) =>
        (await registry.metrics())
          .split("\n")
          .filter((line) => !/ 0$/.test(line))
          .map(sortLabels)
          .sort();
      expect(await lines(ours)).toEqual(await lines(theirs));
    }),
    { numRuns: 200 },
  );
});

/** Their order means nothing, and is not the same. No label here has a comma in it. */
function sortLabels(line: string): string {
  return line.replace(/\{(.*)\}/, (_all, labels: string) => `{${labels.split(",").sort().join()}}`);
}

test("a handle is the series itself, and stays good through a reset", async () => {
  const registry = new Registry();
  const counter = new QuickCounter({
    name: "a_total",
    help: "h",
    labelNames: ["kind"],
    registers: [registry],
  });
  const handle = counter.labels({ kind: "x" });
  expect(counter.labels({ kind: "x" })).toBe(handle);
  handle.inc(3);
  counter.reset();
  handle.inc();
  expect(await registry.metrics()).toContain('a_total{kind="x"} 1');
});
