import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  type CellDone,
  cellsDone,
  cellsLeft,
  findUnfinished,
  type Identity,
  openJournal,
  readLines,
} from "../../src/compare/run/journal.ts";
import { planCells } from "../../src/compare/run/plan.ts";
import { begunLine, doneLine, failedLine } from "../support/journal-lines.ts";

const folder = mkdtempSync(join(tmpdir(), "serendip-journal-"));
afterAll(() => rmSync(folder, { recursive: true }));

const PLAN = planCells({ metrics: ["boot"], contestants: ["serendip", "socket.io"], repetitions: 2 });

describe("a journal", () => {
  test("that was cut off in the middle of a line is read up to there", () => {
    const text = `${JSON.stringify(begunLine())}\n${JSON.stringify(doneLine())}\n{"kind":"cell","cel`;
    expect(readLines(text)).toHaveLength(2);
  });

  test("keeps what is no number", () => {
    const line = doneLine({ figures: { "boot.readyMs": Number.NaN } });
    const [read] = readLines(JSON.stringify(line));
    expect(read).toEqual(line);
  });

  test("leaves what was not measured, and what failed", () => {
    const [first, second, third, fourth] = PLAN;
    const lines = [
      begunLine(),
      doneLine({ cell: first }),
      failedLine({ cell: second }),
      doneLine({ cell: third }),
    ];
    expect(cellsLeft(PLAN, lines)).toEqual([second, fourth]);
    expect(cellsLeft(PLAN, [...lines, doneLine({ cell: second })])).toEqual([fourth]);
  });

  test("counts the last attempt of a cell", () => {
    const [cell] = PLAN;
    const lines = [1, 2].map((attempt) => doneLine({ cell, attempt, figures: { "boot.readyMs": attempt } }));
    const [only, ...others] = cellsDone(lines);
    expect(others).toEqual([]);
    expect((only as CellDone).attempt).toBe(2);
  });
});

describe("a run goes on", () => {
  const identity: Identity = begunLine().identity;
  const journal = openJournal(join(folder, "2026-01-01-full.jsonl"));
  journal.add(begunLine());
  journal.add(doneLine({ cell: PLAN[0] }));

  test("where it was stopped", () => {
    expect(findUnfinished(folder, identity, PLAN)?.path).toBe(journal.path);
  });

  test.each([
    ["another commit", { commit: "other" }],
    ["another scope", { scope: "short" }],
    ["another number of repetitions", { repetitions: 9 }],
    ["other metrics", { metrics: ["relay"] }],
    ["an earlier state beside it", { against: "earlier" }],
    ["another Node", { node: "v0" }],
  ])("but not with %s", (_what, other) => {
    expect(findUnfinished(folder, { ...identity, ...other }, PLAN)).toBeUndefined();
  });

  test("and not where everything is measured", () => {
    for (const cell of PLAN) journal.add(doneLine({ cell }));
    expect(findUnfinished(folder, identity, PLAN)).toBeUndefined();
  });
});
