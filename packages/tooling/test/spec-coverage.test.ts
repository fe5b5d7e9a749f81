import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ROOT, readRepository } from "./floors/source.ts";

/** Requirements that are met by now; each has a test that names it. */
const REQUIRED = [
  "C2",
  "C6",
  "C7",
  "C8",
  "C9",
  "C18",
  "C19",
  "C28",
  "C31",
  "C33",
  "C46",
  "C47",
  "C49",
  "C55",
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
