import { barX, dot, line, plot, ruleX, text, tickX } from "@observablehq/plot";
import { BACK_SHARES } from "../metrics/comeback.ts";
import { CURVE_SHARES } from "../metrics/relay.ts";
import type { Figure } from "./figures.ts";
import type { Curve, GoalSummary, SectionSummary, Summary } from "./summary.ts";
import { withSpread } from "./words.ts";

/** A drawing, and the sentence that says what is in it. */
export interface Drawing {
  readonly caption: string;
  readonly svg: string;
}

const WIDTH = 880;
const LABEL_WIDTH = 330;
const ROW_HEIGHT = 26;
/** Below an axis that has a label. */
const LABELLED = 42;
const SMALL = { width: 420, labelWidth: 190 };

const COLOURS: Readonly<Record<string, string>> = {
  serendip: "#1f6feb",
  before: "#8ab8ff",
  "socket.io": "#d9730d",
  "socket.io-pings": "#e3b341",
  ws: "#6e7781",
};
const colourOf = (contestant: string): string => COLOURS[contestant] ?? "#000000";

const MS_PER_S = 1_000;

/** A value on a logarithmic scale that is this much better than its goal is good enough. */
const LEAST_DISTANCE = 0.1;

/** How far a value is from its goal: 1 is the goal itself, less is better. */
const distance = (value: number, { limit, isReachedBy }: GoalSummary): number =>
  Math.max(LEAST_DISTANCE, isReachedBy === "less" ? value / limit : limit / value);

export function drawGoals(document: Document, goals: readonly GoalSummary[]): Drawing {
  const points = goals.flatMap((goal) => [
    ...(goal.before?.values ?? []).map((value) => ({ goal, value, who: "before" })),
    ...goal.spread.values.map((value) => ({ goal, value, who: "serendip" })),
  ]);
  const drawn = plot({
    document,
    width: WIDTH,
    height: 70 + goals.length * ROW_HEIGHT,
    marginLeft: LABEL_WIDTH,
    marginBottom: LABELLED,
    ariaLabel: "Distance from each goal",
    x: {
      type: "log",
      label: "value ÷ goal: what is left of the line is reached →",
      grid: true,
      ticks: 6,
      tickFormat: "~g",
    },
    y: { label: null, domain: goals.map(({ title }) => title) },
    marks: [
      ruleX([1], { stroke: "#1a7f37", strokeWidth: 2 }),
      dot(points, {
        x: ({ goal, value }) => distance(value, goal),
        y: ({ goal }) => goal.title,
        r: 3,
        fill: ({ who }) => colourOf(who),
        fillOpacity: 0.5,
      }),
      tickX(goals, {
        x: (goal) => distance(goal.spread.median, goal),
        y: "title",
        stroke: ({ isReached }) => (isReached ? "#1a7f37" : "#cf222e"),
        strokeWidth: 3,
        insetTop: 4,
        insetBottom: 4,
      }),
    ],
  });
  const before = goals.some((goal) => goal.before) ? " Pale: the earlier state." : "";
  return {
    caption: `Each dot is a repetition, the tick their median: green where the goal is reached.${before}`,
    svg: drawn.outerHTML,
  };
}

/** Bars of the medians with a dot for each repetition. */
export function drawFigure(document: Document, section: SectionSummary, figure: Figure): Drawing | undefined {
  const scale = figure.unit === "%" ? 100 : 1;
  const found = section.rows.flatMap(({ contestant, label, reached }) => {
    const one = reached.find(({ figure: name }) => name === figure.name);
    return one && one.spread.values.length > 0 ? [{ contestant, label, spread: one.spread }] : [];
  });
  if (found.length === 0) return undefined;
  const dots = found.flatMap(({ label, spread }) =>
    spread.values.map((value) => ({ label, value: value * scale })),
  );
  const most = Math.max(...dots.map(({ value }) => value));
  const drawn = plot({
    document,
    width: SMALL.width,
    height: 50 + found.length * ROW_HEIGHT,
    marginLeft: SMALL.labelWidth,
    marginRight: 30,
    ariaLabel: `${section.title}, ${figure.title}`,
    x: { label: null, domain: [0, most * 1.3 || 1], grid: true, ticks: 4 },
    y: { label: null, domain: found.map(({ label }) => label) },
    marks: [
      barX(found, {
        x: ({ spread }) => spread.median * scale,
        y: "label",
        fill: ({ contestant }) => colourOf(contestant),
        fillOpacity: 0.75,
        insetTop: 3,
        insetBottom: 3,
      }),
      dot(dots, { x: "value", y: "label", r: 2, fill: "black", fillOpacity: 0.6 }),
      text(found, {
        x: ({ spread }) => spread.most * scale,
        y: "label",
        text: ({ spread }) => withSpread({ ...spread, values: [spread.median] }, figure.unit),
        dx: 6,
        textAnchor: "start",
      }),
    ],
  });
  const unit = figure.unit === "count" ? "" : `, ${figure.unit}`;
  const better = figure.better === "more" ? " (more is better)" : "";
  return { caption: `${figure.title}${unit}${better}`, svg: drawn.outerHTML };
}

const percent = (share: number): string => `${Math.round(share * 1_000) / 10} %`;

function drawLatencies(document: Document, curves: readonly Curve[]): string {
  const shares = CURVE_SHARES.map(percent);
  const points = curves.flatMap(({ contestant, points: all }) =>
    all.map((ms, n) => ({ contestant, share: shares[n] ?? "", ms })),
  );
  return plot({
    document,
    width: WIDTH,
    height: 260,
    marginLeft: 60,
    marginBottom: LABELLED,
    ariaLabel: "Latencies by the share of the messages",
    x: { type: "point", domain: shares, label: "share of the messages that took no longer" },
    y: { type: "log", label: "ms", grid: true, tickFormat: "~g" },
    marks: [
      line(points, {
        x: "share",
        y: "ms",
        z: "contestant",
        stroke: ({ contestant }) => colourOf(contestant),
        strokeWidth: 2,
      }),
      dot(points, { x: "share", y: "ms", r: 2.5, fill: ({ contestant }) => colourOf(contestant) }),
    ],
  }).outerHTML;
}

function drawReturns(document: Document, curves: readonly Curve[]): string {
  const points = curves.flatMap(({ name, contestant, points: all }) =>
    all.flatMap((ms, n) => {
      const share = 100 * (BACK_SHARES[n] ?? Number.NaN);
      return Number.isFinite(ms) ? [{ name, contestant, seconds: ms / MS_PER_S, share }] : [];
    }),
  );
  const linesOf = (some: typeof points, dash: string) =>
    line(some, {
      x: "seconds",
      y: "share",
      z: "contestant",
      stroke: ({ contestant }) => colourOf(contestant),
      strokeWidth: 2,
      strokeDasharray: dash,
    });
  return plot({
    document,
    width: WIDTH,
    height: 260,
    marginLeft: 60,
    marginBottom: LABELLED,
    ariaLabel: "Who is back after the crash",
    x: {
      label: "seconds after the crash",
      grid: true,
      domain: [0, Math.max(1, ...points.map(({ seconds }) => seconds))],
    },
    y: { label: "% of them", domain: [0, 100], grid: true },
    marks: [
      linesOf(
        points.filter(({ name }) => name === "comeback.connected"),
        "none",
      ),
      linesOf(
        points.filter(({ name }) => name === "comeback.couples"),
        "6 3",
      ),
    ],
  }).outerHTML;
}

export function drawCurves(document: Document, { curves }: Summary): readonly Drawing[] {
  const names = [...new Set(curves.map(({ name }) => name))];
  const latencies = names.filter((name) => name.startsWith("relay"));
  const returns = curves.filter(({ name }) => name.startsWith("comeback."));
  return [
    ...latencies.map((name) => ({
      caption: `Latency of messages at ${name.slice("relay".length)}/s`,
      svg: drawLatencies(
        document,
        curves.filter((curve) => curve.name === name),
      ),
    })),
    ...(returns.length > 0
      ? [
          {
            caption: "Back after kill -9: connected, and dashed: couples together again",
            svg: drawReturns(document, returns),
          },
        ]
      : []),
  ];
}

/** Who has which colour. */
export const legendOf = ({
  sections,
}: Summary): readonly { readonly label: string; readonly colour: string }[] => {
  const rows = new Map(
    sections.flatMap(({ rows: all }) => all.map(({ contestant, label }) => [contestant, label])),
  );
  return [...rows].map(([contestant, label]) => ({ label, colour: colourOf(contestant) }));
};
