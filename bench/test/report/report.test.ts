import { describe, expect, test } from "vitest";
import { renderMarkdown } from "../../src/compare/report/markdown.ts";
import { drawPage } from "../../src/compare/report/page.ts";
import { summarize } from "../../src/compare/report/summary.ts";
import { digits, withSpread } from "../../src/compare/report/words.ts";
import type { Line } from "../../src/compare/run/journal.ts";
import { begunLine, doneLine, failedLine } from "../support/journal-lines.ts";

const CONTESTANTS = [
  { name: "serendip", label: "Serendip" },
  { name: "socket.io", label: "bare Socket.IO" },
  { name: "ws", label: "raw ws" },
];

const cell = (contestant: string, repetition: number) =>
  ({ metric: "relay", contestant, repetition }) as const;

/** Relay at 5,000/s, whose machine was twice as slow in the second repetition. */
const LINES: readonly Line[] = [
  begunLine({ metrics: ["relay"], repetitions: 2 }),
  ...[1, 2].flatMap((repetition) => [
    doneLine({
      cell: cell("serendip", repetition),
      figures: { "relay5000.p50Ms": 2 * repetition, "relay5000.cpuMsPer100k": 1_100 * repetition },
      curves: { relay5000: [1, 2, 3, 4, 5, 6, 7, 8, 9].map((ms) => ms * repetition) },
    }),
    doneLine(
      {
        cell: cell("socket.io", repetition),
        figures: { "relay5000.p50Ms": repetition, "relay5000.cpuMsPer100k": 1_000 * repetition },
        complaints: repetition === 1 ? {} : { "signal <b>bad</b>": 3 },
      },
      repetition === 2 ? "the load generator was busy for 90 % of the time" : undefined,
    ),
  ]),
  failedLine({ cell: cell("ws", 1) }),
];

const summary = summarize(LINES, CONTESTANTS);

describe("a summary", () => {
  const [section] = summary.sections.filter(({ title }) => title.includes("5,000"));
  const ours = section?.rows.find(({ contestant }) => contestant === "serendip");

  test("has the medians of the repetitions, and ratios within them", () => {
    const p50 = ours?.reached.find(({ figure }) => figure === "relay5000.p50Ms");
    expect(p50?.spread).toEqual({ values: [2, 4], median: 3, least: 2, most: 4 });
    expect(p50?.ratios["socket.io"]).toEqual({ values: [2, 2], median: 2, least: 2, most: 2 });
  });

  test("says which goals are reached, of those that were measured", () => {
    expect(summary.goals.map(({ title, isReached }) => [title, isReached])).toEqual([
      ["relay at 5,000/s: CPU", false],
      ["relay at 5,000/s: p50", false],
    ]);
  });

  test("keeps what failed, what is in doubt and what was refused", () => {
    expect(summary.faults).toEqual([
      expect.stringContaining("relay, ws, repetition 1: Error: it did not start"),
    ]);
    expect(summary.doubts).toEqual([expect.stringContaining("socket.io, repetition 2: the load generator")]);
    expect(summary.complaints).toEqual(["relay, socket.io, repetition 2: 3 × signal <b>bad</b>"]);
  });

  test("has the median of each point of a curve", () => {
    expect(summary.curves).toEqual([
      expect.objectContaining({ name: "relay5000", points: [1.5, 3, 4.5, 6, 7.5, 9, 10.5, 12, 13.5] }),
    ]);
  });

  test("shows an earlier state beside its goals", () => {
    const before = [1, 2].map((repetition) =>
      doneLine({ cell: cell("before", repetition), figures: { "relay5000.p50Ms": 3 * repetition } }),
    );
    const { goals } = summarize(
      [...LINES, ...before],
      [...CONTESTANTS, { name: "before", label: "earlier" }],
    );
    expect(goals.find(({ figure }) => figure === "relay5000.p50Ms")?.before?.median).toBe(3);
  });
});

describe("the report", () => {
  test("as Markdown has the goals, and the ratio beside each figure", () => {
    const text = renderMarkdown(summary);
    expect(text).toMatch(/\| relay at 5,000\/s: CPU +\| 1\.10 +\| ≤ 1\.05× +\| not reached +\|/);
    expect(text).toMatch(/\| Serendip +\| 3 \(2–4\); 2× /);
    expect(text).toContain("- relay, ws, repetition 1: Error: it did not start\n");
  });

  test("as a page needs nothing else, and takes nothing that was measured for markup", async () => {
    const page = await drawPage(summary);
    expect(page).not.toMatch(/<script|\bsrc=|<link|@import|url\(/);
    expect(page.replaceAll("http://www.w3.org/", "")).not.toMatch(/https?:/);
    expect(page.match(/<svg/g)?.length).toBeGreaterThanOrEqual(4);
    expect(page).toContain("signal &#60;b&#62;bad");
    expect(page).not.toContain("<b>bad");
    expect(page).not.toMatch(/NaN|undefined/);
  });
});

test.each([
  [0.123, "0.12"],
  [1, "1"],
  [12.34, "12.3"],
  [123.4, "123"],
  [12_345.6, "12,346"],
  [Number.NaN, "–"],
])("%d is written %s", (value, text) => {
  expect(digits(value)).toBe(text);
});

test("shares are written in percent", () => {
  expect(withSpread({ values: [0.05, 0.1], median: 0.075, least: 0.05, most: 0.1 }, "%")).toBe("7.50 (5–10)");
});
