import { describe, expect, test } from "vitest";
import { doubtOf } from "../../src/compare/run/doubt.ts";
import { readCpuList } from "../../src/compare/run/machine.ts";
import { readOptions } from "../../src/compare/run/options.ts";

describe("what a person types", () => {
  test("nothing is the short run", () => {
    expect(readOptions([])).toEqual({
      scope: "short",
      against: undefined,
      metrics: ["relay", "burst", "connects", "comeback", "boot"],
      repetitions: 3,
      isFresh: false,
    });
  });

  test("a full run beside an earlier commit, of some metrics", () => {
    expect(readOptions(["--", "--full", "--against", "main~3", "--only", "idle,relay", "--fresh"])).toEqual({
      scope: "full",
      against: "main~3",
      metrics: ["relay", "idle"],
      repetitions: 3,
      isFresh: true,
    });
    expect(readOptions(["--help"])).toBe("help");
  });

  test.each([
    [["--full", "--smoke"], /choose one/],
    [["--only", "relay,speed"], /no metric "speed"; there are relay, burst/],
    [["--repetitions", "none"], /whole number/],
    [["--ful"], /Unknown option '--ful'/],
    [["full"], /Unexpected argument 'full'/],
  ])("%j is answered with a sentence", (typed, sentence) => {
    expect(() => readOptions(typed)).toThrow(sentence);
    expect(() => readOptions(typed)).toThrow(TypeError);
  });
});

describe("doubt", () => {
  test.each([
    [{ busy: 0.79, waited: 0.1 }, undefined],
    [{ busy: 0.8, waited: 0 }, "the load generator was busy for 80 % of the time"],
    [{ busy: 0.2, waited: 0.3 }, "others had the CPU for 30 % of the time"],
    [{ busy: Number.NaN, waited: Number.NaN }, undefined],
  ])("%j", (measured, doubt) => {
    expect(doubtOf(measured)).toBe(doubt);
  });
});

test.each([
  ["0-1", [0, 1]],
  ["0", [0]],
  ["0-2,5,7-8", [0, 1, 2, 5, 7, 8]],
  ["", []],
])("the kernel's list %j", (text, list) => {
  expect(readCpuList(text)).toEqual(list);
});
