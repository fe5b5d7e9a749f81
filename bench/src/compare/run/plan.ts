import type { MetricName, Sizes } from "../metrics/sizes.ts";

/** One metric of one contestant, once: a process of its own, and fresh servers. */
export interface Cell {
  readonly metric: MetricName;
  /** Name of the contestant. */
  readonly contestant: string;
  /** From 1. */
  readonly repetition: number;
}

/** Contestants that a metric says nothing about. */
const LEFT_OUT: Readonly<Partial<Record<MetricName, readonly string[]>>> = {
  // It has no client that comes back by itself.
  comeback: ["ws"],
  growth: ["ws"],
};
/** Of all metrics but one. */
const ONLY_IN: Readonly<Record<string, MetricName>> = { "socket.io-pings": "idle" };

export function contestantsOf(metric: MetricName, names: readonly string[]): readonly string[] {
  return names.filter((name) => !LEFT_OUT[metric]?.includes(name) && (ONLY_IN[name] ?? metric) === metric);
}

/**
 * All cells in the order in which they are run: within a repetition each contestant has its turn, and who begins changes from one
 * repetition to the next.
 */
export function planCells(options: {
  readonly metrics: readonly MetricName[];
  readonly contestants: readonly string[];
  readonly repetitions: number;
}): readonly Cell[] {
  const cells: Cell[] = [];
  for (const metric of options.metrics) {
    const field = contestantsOf(metric, options.contestants);
    for (let repetition = 1; repetition <= options.repetitions; repetition += 1)
      for (let turn = 0; turn < field.length; turn += 1) {
        const contestant = field[(turn + repetition - 1) % field.length];
        if (contestant !== undefined) cells.push({ metric, contestant, repetition });
      }
  }
  return cells;
}

export const metricsOf = (sizes: Partial<Sizes>): readonly MetricName[] => Object.keys(sizes) as MetricName[];
