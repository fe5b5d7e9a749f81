import type { HistogramReading } from "../../domain/collections/histogram.ts";
import type { Snapshot } from "./snapshot.ts";

export type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];

/** A metric as Prometheus knows it, and where its values are in a snapshot. Names are without the prefix. */
export type Metric =
  | {
      readonly type: "counter" | "gauge";
      readonly name: string;
      readonly help: string;
      /** Each name has a closed set of values, so that nobody outside can make a time series (C64). */
      readonly labelNames: readonly string[];
      readonly read: (snapshot: Snapshot) => readonly Sample[];
    }
  | {
      readonly type: "histogram";
      readonly name: string;
      readonly help: string;
      readonly labelNames: readonly [];
      /** In seconds, as Prometheus wants times. */
      readonly read: (snapshot: Snapshot) => HistogramReading;
    };

type Entries = readonly (readonly [string, number])[] | undefined;
type Described = readonly [name: string, help: string];

const NOTHING: Labels = {};

const single = (type: "counter" | "gauge") => {
  return ([name, help]: Described, value: (snapshot: Snapshot) => number | undefined): Metric => ({
    type,
    name,
    help,
    labelNames: [],
    read: (snapshot) => {
      const read = value(snapshot);
      return read === undefined ? [] : [[NOTHING, read]];
    },
  });
};

const byLabel = (type: "counter" | "gauge") => {
  return (
    [name, help]: Described,
    { label, of }: { readonly label: string; readonly of: (snapshot: Snapshot) => Entries },
  ): Metric => ({
    type,
    name,
    help,
    labelNames: [label],
    read: (snapshot) => (of(snapshot) ?? []).map(([word, value]) => [{ [label]: word }, value] as const),
  });
};

export const counter = single("counter");
export const gauge = single("gauge");
export const counterBy = byLabel("counter");
export const gaugeBy = byLabel("gauge");

/** A counter with several labels. */
export const counterOf = (
  [name, help]: Described,
  labelNames: readonly string[],
  read: (snapshot: Snapshot) => readonly Sample[],
): Metric => ({ type: "counter", name, help, labelNames, read });

/** Times that are counted in milliseconds, shown in seconds. */
export const seconds = (
  [name, help]: Described,
  reading: (snapshot: Snapshot) => HistogramReading,
): Metric => ({
  type: "histogram",
  name,
  help,
  labelNames: [],
  read: (snapshot) => {
    const { classes, sum, count } = reading(snapshot);
    return {
      classes: classes.map((each) => ({ end: each.end / 1_000, count: each.count })),
      sum: sum / 1_000,
      count,
    };
  },
});
