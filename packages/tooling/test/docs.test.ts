import { describe, expect, test } from "vitest";
import { faultsOf, fileOf, read, rootManifest } from "./docs/faults.ts";
import { mentionsOf, rowsOf, sectionOf, spansOf } from "./docs/markdown.ts";
import { LAYERS } from "./floors/rules.ts";
import { listFiles, readRepository } from "./floors/source.ts";
import { drawImports } from "./floors/subjects.ts";

const ARCHITECTURE = "docs/architecture.md";
const DOCUMENTS = listFiles().filter((file) => file.endsWith(".md"));

describe("documents name only what is there", () => {
  test.each(DOCUMENTS)("%s", (path) => {
    expect([...faultsOf({ path, text: read(path) })]).toEqual([]);
  });

  test("the documents are found", () => {
    expect(DOCUMENTS).toEqual(
      expect.arrayContaining(["README.md", "CONTRIBUTING.md", ARCHITECTURE, "packages/protocol/SPEC.md"]),
    );
  });

  test.each([
    ["a link to a file that is gone", "[the door](../signaling-server/src/edge/gone.ts)"],
    ["a label that nobody defines", "[the door][door]"],
    ["a label whose file is gone", "[the door][door]\n\n[door]: ../signaling-server/src/edge/gone.ts"],
    ["a link that says another file", "[`routes.ts`](../signaling-server/src/edge/http/gate.ts)"],
    ["a function that is gone", "[`gate.ts#closeGate`](../signaling-server/src/edge/http/gate.ts)"],
    [
      "a name that stands in a comment only",
      "[`gate.ts#preflight`](../signaling-server/src/edge/http/gate.ts)",
    ],
    ["a file between backticks", "Look at `edge/gone.ts`."],
    ["a folder between backticks", "Look at `signaling-server/src/gone`."],
    ["a name between backticks", "Look at `edge/http/gate.ts#closeGate`."],
    ["a heading", "[above](../README.md#gone)"],
    ["a command", "Run `npm run gone`."],
    ["a version of pnpm", "Run `npx pnpm@1.2.3 install`."],
  ])("%s is found", (_what, text) => {
    expect([...faultsOf({ path: ARCHITECTURE, text })]).not.toEqual([]);
  });

  test.each([
    ["a file with a function", "[`gate.ts#refusalOf`](../signaling-server/src/edge/http/gate.ts)"],
    ["a heading", "[words](../README.md#words), [bounds](#bounds)\n\n### Bounds"],
    ["a label", "[`http/gate.ts`][gate]\n\n[gate]: ../signaling-server/src/edge/http/gate.ts"],
    ["a folder, and what a build makes", "`signaling-server/src/edge`, `web-client/dist`"],
    [
      "addresses, settings and code",
      "`/readyz`, `config.json`, `a/b`, `room.members`, <https://example.org>",
    ],
  ])("and only that: %s", (_what, text) => {
    expect([...faultsOf({ path: ARCHITECTURE, text })]).toEqual([]);
  });
});

test("README lists every command", () => {
  const readme = read("README.md");
  const commands = Object.keys(rootManifest().scripts).filter((name) => name !== "postinstall");
  expect(commands.length).toBeGreaterThan(10);
  expect(
    commands.filter((name) => !readme.includes(`npm run ${name}\``) && !readme.includes(`npm ${name} `)),
  ).toEqual([]);
});

describe(ARCHITECTURE, () => {
  const text = read(ARCHITECTURE);

  test("a newcomer needs no more than 8 files, SPEC first, then the kernel", () => {
    const section = `${sectionOf(text, "## The newcomer's path")}\n${definitionsIn(text)}`;
    const files = mentionsOf(section).flatMap(
      ({ target = "" }) => fileOf({ path: ARCHITECTURE }, target) ?? [],
    );
    expect(new Set(files).size).toBeLessThanOrEqual(8);
    expect(files.slice(0, 2)).toEqual([
      "packages/protocol/SPEC.md",
      "signaling-server/src/domain/lobby/apply.ts",
    ]);
  });

  test.each([
    ["signaling-server", "### Floors"],
    ["packages/client", "### Floors of the page"],
  ])("the floors of %s are those of the rules", (home, heading) => {
    const floors = rowsOf(sectionOf(text, heading)).map(([name, , imports]) => [name, imports]);
    const rules = (LAYERS[home] ?? []).map(({ name, imports }) => [name, imports.join(", ") || "nothing"]);
    expect(new Map(floors as [string, string][])).toEqual(new Map(rules as [string, string][]));
  });

  test("a subject of the page imports only those above it in the table", () => {
    const root = "packages/client/src";
    const above = rowsOf(sectionOf(text, "### Subjects")).map(([folder = ""]) => spansOf(folder)[0] ?? "");
    const graph = drawImports(root, readRepository());
    const subjects = new Set([...graph.keys(), ...[...graph.values()].flatMap((to) => [...to.keys()])]);
    expect(new Set(above)).toEqual(subjects);
    const wrong = [...graph].flatMap(([from, to]) =>
      [...to].filter(([other]) => above.indexOf(other) > above.indexOf(from)).map(([, shown]) => shown),
    );
    expect(wrong).toEqual([]);
  });

  test("the bounds are those of the code", () => {
    const rows = text
      .split(/^(?=#+ )/m)
      .filter((section) => /^#+ Bounds/.test(section))
      .flatMap(rowsOf);
    expect(rows.length).toBeGreaterThan(30);
    const wrong = rows.flatMap(([, place = "", figures = ""]) => {
      const files = mentionsOf(`${place}\n${definitionsIn(text)}`).map(({ target = "" }) =>
        fileOf({ path: ARCHITECTURE }, target),
      );
      const code = files.map((file) => (file === undefined ? "" : read(file))).join("\n");
      return spansOf(figures).length > 0
        ? spansOf(figures).filter((figure) => !code.includes(figure))
        : [`no figure for ${place}`];
    });
    expect(wrong).toEqual([]);
  });

  test("every rule that it names is in SPEC", () => {
    const rules = new Set(
      [...read("packages/protocol/SPEC.md").matchAll(/^- \*\*([A-Z]\d+)\*\*/gm)].map(([, id]) => id),
    );
    const named = text.match(/\b[A-Z]\d{1,2}\b/g) ?? [];
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter((id) => !rules.has(id))).toEqual([]);
  });
});

/** The labels of a document, for a part of it. */
function definitionsIn(text: string): string {
  return (text.match(/^\[[^[\]]+\]: \S+$/gm) ?? []).join("\n");
}
