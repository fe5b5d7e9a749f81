import { describe, expect, test } from "vitest";
import { median, pairedRatios, quantile, spreadOf } from "../../src/compare/report/stats.ts";

describe("quantiles", () => {
  test("are values that were there, by nearest rank", () => {
    const samples = [5, 1, 4, 2, 3];
    expect([0, 0.2, 0.5, 0.9, 1].map((share) => quantile(samples, share))).toEqual([1, 1, 3, 5, 5]);
  });

  test("leave out what is no number, and are none of nothing", () => {
    expect(quantile([Number.NaN, 7], 0.5)).toBe(7);
    expect(quantile([], 0.5)).toBeNaN();
    expect(median([])).toBeNaN();
  });

  test("the median of an even number is between the middle two", () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  test("a spread has its ends", () => {
    expect(spreadOf([3, 1, 2])).toEqual({ values: [1, 2, 3], median: 2, least: 1, most: 3 });
  });
});

describe("ratios", () => {
  const ours = new Map([
    [1, 10],
    [2, 40],
    [3, 30],
  ]);

  test("are formed inside a repetition, so that a slow one is in both halves", () => {
    const bare = new Map([
      [1, 5],
      [2, 20],
      [3, 10],
    ]);
    expect(pairedRatios(ours, bare).values).toEqual([2, 2, 3]);
    expect(pairedRatios(ours, bare).median).toBe(2);
  });

  test("need both halves, and something to divide by", () => {
    const bare = new Map([
      [2, 0],
      [3, Number.NaN],
    ]);
    expect(pairedRatios(ours, bare).values).toEqual([]);
    expect(pairedRatios(new Map([[1, Number.NaN]]), ours).values).toEqual([]);
  });
});
