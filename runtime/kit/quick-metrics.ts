import type { Metric, MetricValue, Registry } from "prom-client";

/**
 * Counters and histograms for what happens at every request. prom-client's own check and join the labels at each count, also
 * through the handles that `labels()` gives; here a handle is the figure itself, and counting is an addition. They stand in
 * the same registry and are written out by it.
 */
interface Options<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly Label[];
  readonly registers: readonly Registry[];
}

interface WrittenMetric {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "histogram";
  readonly aggregator: "sum";
  readonly values: readonly MetricValue<string>[];
}

type Labels<Label extends string> = Readonly<Record<Label, string | number>>;

/** One series of a counter. */
export interface CounterHandle {
  inc(by?: number): void;
}

/** The series of one set of labels of a histogram. */
export interface HistogramHandle {
  observe(value: number): void;
}

class CounterSeries implements CounterHandle {
  value = 0;
  inc(by = 1): void {
    this.value += by;
  }
}

class HistogramSeries implements HistogramHandle {
  readonly #edges: Float64Array;
  /** How many values lie between the edge before and this one; the last: beyond all edges. */
  readonly counts: Float64Array;
  sum = 0;

  constructor(edges: Float64Array) {
    this.#edges = edges;
    this.counts = new Float64Array(edges.length + 1);
  }

  observe(value: number): void {
    const edges = this.#edges;
    let index = 0;
    while (index < edges.length && value > (edges[index] ?? 0)) index += 1;
    this.counts[index] = (this.counts[index] ?? 0) + 1;
    this.sum += value;
  }
}

/** What counter and histogram have in common: series by their labels. */
abstract class QuickMetric<Label extends string, Series> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly Label[];
  protected readonly series = new Map<string, { labels: Labels<Label>; series: Series }>();

  constructor({ name, help, labelNames = [], registers }: Options<Label>) {
    this.name = name;
    this.help = help;
    this.labelNames = labelNames;
    // The registry asks a metric for its name and its values, and for nothing else.
    for (const registry of registers) registry.registerMetric(this as unknown as Metric);
  }

  /** To be asked for once and kept: finding it costs more than counting. */
  labels(labels: Labels<Label>): Series {
    const key = this.labelNames.map((name) => labels[name]).join("\0");
    let known = this.series.get(key);
    if (known === undefined) {
      known = { labels, series: this.make() };
      this.series.set(key, known);
    }
    return known.series;
  }

  /** What the registry writes out. */
  get(): Promise<WrittenMetric> {
    const { name, help, type } = this;
    return Promise.resolve({ name, help, type, aggregator: "sum", values: this.values() });
  }

  protected abstract readonly type: "counter" | "histogram";
  protected abstract make(): Series;
  protected abstract values(): MetricValue<string>[];
  /** Back to nothing counted. Handles that were given out stay good. */
  abstract reset(): void;
}

export class QuickCounter<Label extends string = never> extends QuickMetric<Label, CounterSeries> {
  protected readonly type = "counter";

  inc(labels: Labels<Label>, by = 1): void {
    this.labels(labels).inc(by);
  }

  override reset(): void {
    for (const { series } of this.series.values()) series.value = 0;
  }

  protected override make(): CounterSeries {
    return new CounterSeries();
  }

  protected override values(): MetricValue<string>[] {
    return [...this.series.values()].map(({ labels, series }) => ({ labels, value: series.value }));
  }
}

export interface HistogramOptions<Label extends string> extends Options<Label> {
  /** Upper edges, each of them in its bucket, from the smallest. */
  readonly buckets: readonly number[];
}

export class QuickHistogram<Label extends string = never> extends QuickMetric<
  Label,
  HistogramSeries
> {
  protected readonly type = "histogram";
  readonly #edges: Float64Array;

  constructor({ buckets, ...options }: HistogramOptions<Label>) {
    super(options);
    this.#edges = Float64Array.from(buckets);
  }

  observe(labels: Labels<Label>, value: number): void {
    this.labels(labels).observe(value);
  }

  override reset(): void {
    for (const { series } of this.series.values()) {
      series.counts.fill(0);
      series.sum = 0;
    }
  }

  protected override make(): HistogramSeries {
    return new HistogramSeries(this.#edges);
  }

  protected override values(): MetricValue<string>[] {
    return [...this.series.values()].flatMap(({ labels, series }) => {
      let count = 0;
      const buckets = [...series.counts].map((inBucket, index) => {
        count += inBucket;
        const le = this.#edges[index] ?? "+Inf";
        return { labels: { ...labels, le }, value: count, metricName: `${this.name}_bucket` };
      });
      return [
        ...buckets,
        { labels, value: series.sum, metricName: `${this.name}_sum` },
        { labels, value: count, metricName: `${this.name}_count` },
      ];
    });
  }
}
