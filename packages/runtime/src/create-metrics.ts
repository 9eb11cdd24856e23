import * as prometheus from 'prom-client';

type Labels = Record<string, string>;

/** Only ever grows. */
export interface Counter {
  inc(labels?: Labels, by?: number): void;
}

/** Counts observations in buckets. */
export interface Histogram {
  observe(value: number, labels?: Labels): void;
}

/** The numbers of one process. Every name gets the prefix `trunkline_`; label values must be few. */
export interface Metrics {
  counter(name: string, help: string, labels?: string[]): Counter;
  /** What others count, asked at each scrape. One that throws, or is less than it was, stays where it was. */
  counterOf(name: string, help: string, read: () => number): void;
  /** Asked at each scrape. One that throws shows as NaN. */
  gauge(name: string, help: string, collect: () => number): void;
  histogram(name: string, help: string, buckets: number[], labels?: string[]): Histogram;
  /** The Prometheus text format. */
  text(): Promise<string>;
}

const PREFIX = 'trunkline_';

/** Creates a registry of its own with the usual numbers of the process in it. */
export function createMetrics(service: string): Metrics {
  const registry = new prometheus.Registry();
  registry.setDefaultLabels({ service });
  prometheus.collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    counter(name, help, labelNames = []) {
      const counter = new prometheus.Counter({ name: PREFIX + name, help, labelNames, registers });
      return { inc: (labels = {}, by = 1) => counter.inc(labels, by) };
    },
    counterOf(name, help, read) {
      let shown = 0;
      new prometheus.Counter({
        name: PREFIX + name,
        help,
        registers,
        collect() {
          const now = numberOrNaN(read);
          if (!Number.isFinite(now) || now <= shown) return;
          this.inc(now - shown);
          shown = now;
        },
      });
    },
    gauge(name, help, collect) {
      new prometheus.Gauge({
        name: PREFIX + name,
        help,
        registers,
        collect() {
          this.set(numberOrNaN(collect));
        },
      });
    },
    histogram(name, help, buckets, labelNames = []) {
      const histogram = new prometheus.Histogram({
        name: PREFIX + name,
        help,
        buckets,
        labelNames,
        registers,
      });
      return { observe: (value, labels = {}) => histogram.observe(labels, value) };
    },
    text: () => registry.metrics(),
  };
}

function numberOrNaN(collect: () => number): number {
  try {
    return collect();
  } catch {
    return Number.NaN;
  }
}
