import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { HistogramReading } from "../../domain/collections/histogram.ts";
import { CALL_METRICS } from "./call-metrics.ts";
import { LOBBY_METRICS } from "./lobby-metrics.ts";
import type { Metric } from "./metric.ts";
import { RELAY_METRICS, SERVICE_METRICS } from "./service-metrics.ts";
import { type MetricsSources, type Snapshot, takeSnapshot } from "./snapshot.ts";

const PREFIX = "serendip_";
const METRICS: readonly Metric[] = [...SERVICE_METRICS, ...LOBBY_METRICS, ...RELAY_METRICS, ...CALL_METRICS];

/** What Prometheus gets: the text of all metrics, and its Content-Type. */
export interface Scrape {
  readonly contentType: string;
  readonly text: string;
}

/** Prometheus' names for the parts of a histogram (exposition formats, "Histograms and summaries"). */
function partsOf(name: string, { classes, sum, count }: HistogramReading) {
  const buckets = classes.map(({ end, count: below }) => ({
    metricName: `${name}_bucket`,
    labels: { le: Number.isFinite(end) ? end : "+Inf" },
    value: below,
  }));
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels: {}, value: sum },
    { metricName: `${name}_count`, labels: {}, value: count },
  ];
}

/**
 * The library's own histogram keeps values itself; this one shows what others have counted. It rests on the inside of prom-client
 * 15.1, whose registry asks a histogram by `getForPromString`: without it no histogram is filled, and `test/app/metrics.test.ts` fails.
 */
function addHistogram(
  registry: Registry,
  { name, help }: { readonly name: string; readonly help: string },
  read: () => HistogramReading,
): void {
  const histogram = new Histogram({ name, help, registers: [registry] });
  const getForPromString = async () => ({ name, help, type: "histogram", values: partsOf(name, read()) });
  Object.assign(histogram, { getForPromString });
}

/**
 * Makes the text that Prometheus reads. All values are read at the moment of a scrape; between two of them the library does
 * nothing for Serendip, and watches the process (`nodejs_…`, `process_…`).
 */
export function createScrape(sources: MetricsSources): () => Promise<Scrape> {
  const registry = new Registry();
  let present: Snapshot | undefined;
  collectDefaultMetrics({ register: registry });

  for (const metric of METRICS) {
    const { help } = metric;
    const name = PREFIX + metric.name;
    if (metric.type === "histogram") {
      addHistogram(registry, { name, help }, () =>
        present ? metric.read(present) : { classes: [], sum: 0, count: 0 },
      );
      continue;
    }
    const { type, read } = metric;
    const options = { name, help, labelNames: [...metric.labelNames], registers: [registry] };
    const samples = () => (present ? read(present) : []);
    // Which of the two it is decides how Prometheus may add it up; the library sets both alike.
    if (type === "counter")
      new Counter({
        ...options,
        collect() {
          this.reset();
          for (const [labels, value] of samples()) this.inc({ ...labels }, value);
        },
      });
    else
      new Gauge({
        ...options,
        collect() {
          this.reset();
          for (const [labels, value] of samples()) this.set({ ...labels }, value);
        },
      });
  }

  return async () => {
    present = await takeSnapshot(sources);
    return { contentType: registry.contentType, text: await registry.metrics() };
  };
}
