import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ROOT, readRepository } from "./floors/source.ts";

/** Requirements that are met by now; each has a test that names it. */
const REQUIRED = [
  "C1",
  "C2",
  "C3",
  "C4",
  "C5",
  "C6",
  "C7",
  "C8",
  "C9",
  "C10",
  "C12",
  "C13",
  "C14",
  "C15",
  "C16",
  "C18",
  "C19",
  "C21",
  "C22",
  "C23",
  "C24",
  "C25",
  "C26",
  "C27",
  "C28",
  "C29",
  "C30",
  "C31",
  "C32",
  "C33",
  "C34",
  "C35",
  "C36",
  "C37",
  "C38",
  "C41",
  "C42",
  "C43",
  "C44",
  "C45",
  "C46",
  "C47",
  "C49",
  "C50",
  "C51",
  "C52",
  "C53",
  "C54",
  "C55",
  "C56",
  "C57",
  "C58",
  "C59",
  "C60",
  "C61",
  "C62",
  "C63",
  "C75",
  "C76",
  "C77",
  "C78",
  "C79",
  "C80",
  "C81",
  "C90",
];

const IS_TEST = /(^|\/)(tests?|testing)\//;

/** The ids in a title's brackets: `[M3] two tabs meet (C46, C47)`. */
function idsOf(title: string): readonly string[] {
  const brackets = title.match(/\[[^\]]*\]|\([^)]*\)/g) ?? [];
  return brackets.flatMap((text) => text.match(/\b[A-Z]\d+\b/g) ?? []);
}

const proven = new Set(
  readRepository()
    // The examples below name ids without proving anything.
    .filter(({ path }) => IS_TEST.test(path) && path !== "packages/tooling/test/spec-coverage.test.ts")
    .flatMap(({ proofs }) => proofs.flatMap(idsOf)),
);
const spec = readFileSync(join(ROOT, "packages/protocol/SPEC.md"), "utf8");
const rules = [...spec.matchAll(/^- \*\*([A-Z]\d+)\*\*/gm)].map(([, id]) => id ?? "");

describe("every promise has a test that names it", () => {
  test("a rule of the protocol is found in SPEC.md, and only once", () => {
    expect(rules.length).toBeGreaterThan(40);
    expect(new Set(rules).size).toBe(rules.length);
  });

  test("no rule of the protocol is without a test", () => {
    expect(rules.filter((id) => !proven.has(id))).toEqual([]);
  });

  test("no requirement that is met is without a test", () => {
    expect(REQUIRED.filter((id) => !proven.has(id))).toEqual([]);
  });
});

describe("ids in titles", () => {
  test.each([
    ["[M3] one find", ["M3"]],
    ["[M3][C46] one find", ["M3", "C46"]],
    ["[M3, I7] [C46] one find", ["M3", "I7", "C46"]],
    ["[M3] one find (C9, C46)", ["M3", "C9", "C46"]],
    ["M3 one find", []],
  ])("%s", (title, ids) => {
    expect(idsOf(title)).toEqual(ids);
  });
});
