import { expect, test } from "vitest";
import { createCounter } from "../../../src/domain/collections/counter.ts";
import { createHistogram } from "../../../src/domain/collections/histogram.ts";

test("a histogram has each value in its class and in all greater ones", () => {
  const histogram = createHistogram([1, 10, 100]);
  for (const value of [0, 1, 1.5, 10, 99, 1_000]) histogram.observe(value);
  expect(histogram.read()).toEqual({
    classes: [
      { end: 1, count: 2 },
      { end: 10, count: 4 },
      { end: 100, count: 5 },
      { end: Number.POSITIVE_INFINITY, count: 6 },
    ],
    sum: 1_111.5,
    count: 6,
  });
});

test("what is no time counts nowhere", () => {
  const histogram = createHistogram([1]);
  for (const value of [-1, Number.NaN]) histogram.observe(value);
  expect(histogram.read()).toMatchObject({ count: 0, sum: 0 });
});

test("[C64] a counter has the names that it was made with, from zero on, and never another one", () => {
  const counter = createCounter(["one", "two"]);
  counter.add("two");
  counter.add("two", 3);
  counter.add("constructor" as "one");
  counter.add("from outside" as "one");
  expect(counter.entries()).toEqual([
    ["one", 0],
    ["two", 4],
  ]);
});
