import { describe, expect, test } from "vitest";
import { read } from "./docs/faults.ts";
import { idsOf, requirementFaults } from "./docs/requirements.ts";
import { readRepository } from "./floors/source.ts";

const IS_TEST = /(^|\/)(tests?|testing)\//;

const titles = readRepository()
  // The examples below name ids without proving anything.
  .filter(({ path }) => IS_TEST.test(path) && path !== "packages/tooling/test/spec-coverage.test.ts")
  .flatMap(({ proofs }) => proofs);
const proven = new Set(titles.flatMap(idsOf));
const rules = [...read("packages/protocol/SPEC.md").matchAll(/^- \*\*([A-Z]\d+)\*\*/gm)].map(
  ([, id]) => id ?? "",
);
const requirements = read("docs/requirements.md");

describe("every promise has a test that names it", () => {
  test("a rule of the protocol is found in SPEC.md, and only once", () => {
    expect(rules.length).toBeGreaterThan(40);
    expect(new Set(rules).size).toBe(rules.length);
  });

  test("no rule of the protocol is without a test", () => {
    expect(rules.filter((id) => !proven.has(id))).toEqual([]);
  });

  test("requirements and invariants stand as the titles of tests say", () => {
    expect([...requirementFaults(requirements, titles)]).toEqual([]);
  });

  test("every rule that the requirements name is in SPEC", () => {
    const named = requirements.match(/\b[ABD-HJ-Z]\d{1,2}\b/g) ?? [];
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter((id) => !rules.includes(id))).toEqual([]);
  });
});

describe("of requirements it is found that", () => {
  const FINE =
    "- **C1** met. One.\n- **C2** partly. Two.\n  Missing: more.\n- **C3** open. Three.\n\n## Four\n\n- **I1** met. Five.\n";
  const TITLES = ["[M1] [C1] one", "two (C2, I1)"];

  test("nothing is wrong where nothing is", () => {
    expect([...requirementFaults(FINE, TITLES)]).toEqual([]);
  });

  test.each([
    ["a title names what nobody has defined", FINE, [...TITLES, "[C4] four"], "C4 is named by a test"],
    ["what is met has no test", FINE, ["[C1] one"], "I1 is met, and no test names it"],
    ["what is open has a test", FINE, [...TITLES, "three (C3)"], "C3 is open, and a test names it"],
    ["an id is defined twice", `${FINE}- **C1** met. Again.\n`, TITLES, "C1 is defined twice"],
    ["an id has been left out", FINE.replace("**C2**", "**C4**"), ["[C1] [I1] one"], "C2 is not defined"],
    ["one has no standing", FINE.replace("partly.", "nearly."), TITLES, "C2 has no standing"],
    [
      "nobody says what is missing",
      FINE.replace("Missing: more.", ""),
      TITLES,
      "C2 does not say what is missing",
    ],
  ])("%s", (_what, document, names, fault) => {
    expect([...requirementFaults(document, names)].join()).toContain(fault);
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
