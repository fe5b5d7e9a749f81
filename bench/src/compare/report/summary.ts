import type { Contestant } from "../contestants/contestant.ts";
import { type Scope, SIZES, type Sizes } from "../metrics/sizes.ts";
import { type Begun, type CellDone, cellsDone, type Line } from "../run/journal.ts";
import { type Figure, sectionsOf } from "./figures.ts";
import { GOALS, type Goal } from "./goals.ts";
import { type ByRepetition, pairedRatios, type Spread, spreadOf } from "./stats.ts";

/** What one contestant reached in one figure. */
export interface Reached {
  readonly figure: string;
  readonly spread: Spread;
  /** To each of those that it is compared with, by their names. */
  readonly ratios: Readonly<Record<string, Spread>>;
}

export interface Row {
  readonly contestant: string;
  readonly label: string;
  readonly reached: readonly Reached[];
}

export interface SectionSummary {
  readonly title: string;
  readonly figures: readonly Figure[];
  readonly rows: readonly Row[];
}

export interface GoalSummary extends Goal {
  readonly spread: Spread;
  readonly isReached: boolean;
  /** The same of the earlier state, where one was measured beside. */
  readonly before: Spread | undefined;
}

/** Lines of a plot: the medians of each point. */
export interface Curve {
  readonly name: string;
  readonly contestant: string;
  readonly label: string;
  readonly points: readonly number[];
}

/** All that a report says. */
export interface Summary {
  readonly begun: Begun;
  readonly sections: readonly SectionSummary[];
  readonly goals: readonly GoalSummary[];
  readonly curves: readonly Curve[];
  readonly surroundings: { readonly loadAverage: Spread; readonly stolen: Spread; readonly seconds: number };
  /** Cells that say little, and why. */
  readonly doubts: readonly string[];
  /** What servers refused; there should be nothing. */
  readonly complaints: readonly string[];
  /** Cells that failed. */
  readonly faults: readonly string[];
}

/** With whom everything is compared, as far as it was measured. */
const BASES = ["socket.io", "ws", "socket.io-pings", "before"];

type Values = (contestant: string, figure: string) => ByRepetition;

function valuesOf(cells: readonly CellDone[]): Values {
  return (contestant, figure) => {
    const values = new Map<number, number>();
    for (const { cell, outcome } of cells) {
      const value = outcome.ok ? outcome.measured.figures[figure] : undefined;
      if (cell.contestant === contestant && value !== undefined) values.set(cell.repetition, value);
    }
    return values;
  };
}

function sizesOf({ identity }: Begun): Partial<Sizes> {
  const scope = identity.scope as Scope;
  const all = Object.entries({ ...SIZES.full, ...SIZES[scope] });
  return Object.fromEntries(all.filter(([metric]) => identity.metrics.includes(metric)));
}

/** @param repetitions so many values there have to be: one in which somebody never came back has none. */
function summarizeGoal(goal: Goal, values: Values, repetitions: number): GoalSummary | undefined {
  const of = (contestant: string): Spread => {
    const own = values(contestant, goal.figure);
    return goal.base === undefined
      ? spreadOf(own.values())
      : pairedRatios(own, values(goal.base, goal.figure));
  };
  const spread = of("serendip");
  if (spread.values.length === 0) return undefined;
  const before = of("before");
  const { median } = spread;
  const isWithin = goal.isReachedBy === "less" ? median <= goal.limit : median >= goal.limit;
  const isReached = isWithin && spread.values.length === repetitions;
  return { ...goal, spread, isReached, before: before.values.length === 0 ? undefined : before };
}

function curvesOf(cells: readonly CellDone[], labelOf: (name: string) => string): readonly Curve[] {
  const found = new Map<string, { name: string; contestant: string; all: (readonly number[])[] }>();
  for (const { cell, outcome } of cells)
    for (const [name, points] of Object.entries(outcome.ok ? (outcome.measured.curves ?? {}) : {})) {
      const key = `${name} ${cell.contestant}`;
      const curve = found.get(key) ?? { name, contestant: cell.contestant, all: [] };
      curve.all.push(points);
      found.set(key, curve);
    }
  return [...found.values()].map(({ name, contestant, all }) => ({
    name,
    contestant,
    label: labelOf(contestant),
    points: (all[0] ?? []).map((_, n) => spreadOf(all.map((points) => points[n] ?? Number.NaN)).median),
  }));
}

const nameOf = ({ cell }: CellDone): string =>
  `${cell.metric}, ${cell.contestant}, repetition ${cell.repetition}`;

/** @throws when the journal does not begin with what was to be measured */
export function summarize(
  lines: readonly Line[],
  contestants: readonly Pick<Contestant, "name" | "label">[],
): Summary {
  const [begun] = lines;
  if (begun?.kind !== "run") throw new Error("This is no journal of a run.");
  const cells = cellsDone(lines);
  const values = valuesOf(cells);
  const labelOf = (name: string) => contestants.find((one) => one.name === name)?.label ?? name;

  const sections = sectionsOf(sizesOf(begun)).map(({ title, figures }): SectionSummary => {
    const rows = contestants.map(({ name, label }): Row => {
      const reached = figures.map((figure): Reached => {
        const own = values(name, figure.name);
        const bases = figure.isCompared ? BASES.filter((base) => base !== name) : [];
        const ratios = bases.map((base) => [base, pairedRatios(own, values(base, figure.name))] as const);
        const formed = ratios.filter(([, ratio]) => ratio.values.length > 0);
        return { figure: figure.name, spread: spreadOf(own.values()), ratios: Object.fromEntries(formed) };
      });
      return { contestant: name, label, reached };
    });
    return {
      title,
      figures,
      rows: rows.filter(({ reached }) => reached.some(({ spread }) => spread.values.length > 0)),
    };
  });
  const good = cells.flatMap((done) => (done.outcome.ok ? [{ done, outcome: done.outcome }] : []));
  return {
    begun,
    sections: sections.filter(({ rows }) => rows.length > 0),
    // They are for the real sizes.
    goals:
      begun.identity.scope === "smoke"
        ? []
        : GOALS.flatMap((goal) => summarizeGoal(goal, values, begun.identity.repetitions) ?? []),
    curves: curvesOf(cells, labelOf),
    surroundings: {
      loadAverage: spreadOf(cells.map(({ surroundings }) => surroundings.loadAverage)),
      stolen: spreadOf(cells.map(({ surroundings }) => surroundings.stolen)),
      seconds: cells.reduce((sum, { surroundings }) => sum + surroundings.seconds, 0),
    },
    doubts: good.flatMap(({ done, outcome }) => (outcome.doubt ? [`${nameOf(done)}: ${outcome.doubt}`] : [])),
    complaints: good.flatMap(({ done, outcome }) =>
      Object.entries(outcome.measured.complaints ?? {}).map(
        ([what, count]) => `${nameOf(done)}: ${count} × ${what}`,
      ),
    ),
    faults: cells.flatMap((done) => (done.outcome.ok ? [] : [`${nameOf(done)}: ${done.outcome.fault}`])),
  };
}
