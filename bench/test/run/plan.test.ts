import { expect, test } from "vitest";
import { contestantsOf, planCells } from "../../src/compare/run/plan.ts";

const NAMES = ["serendip", "socket.io", "socket.io-pings", "ws"];

test("within a repetition each has its turn, and who begins moves on", () => {
  const plan = planCells({ metrics: ["relay"], contestants: NAMES, repetitions: 4 });
  const order = [1, 2, 3, 4].map((repetition) =>
    plan.filter((cell) => cell.repetition === repetition).map(({ contestant }) => contestant),
  );
  expect(order).toEqual([
    ["serendip", "socket.io", "ws"],
    ["socket.io", "ws", "serendip"],
    ["ws", "serendip", "socket.io"],
    ["serendip", "socket.io", "ws"],
  ]);
});

test("a metric has those of whom it says something", () => {
  expect(contestantsOf("comeback", NAMES)).toEqual(["serendip", "socket.io"]);
  expect(contestantsOf("idle", NAMES)).toEqual(NAMES);
  expect(contestantsOf("burst", ["serendip", "before", ...NAMES.slice(1)])).toEqual([
    "serendip",
    "before",
    "socket.io",
    "ws",
  ]);
});
