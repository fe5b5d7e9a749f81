import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { sourcePositions } from "../../../src/edge/log/source-positions.ts";

const folder = mkdtempSync(join(tmpdir(), "serendip-map-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Its one mapping: line 1, column 11 of the built file is line 8, column 3 of the source. */
function built(map: string): string {
  const file = join(folder, `${Math.random()}.cjs`);
  writeFileSync(`${file}.map`, map);
  return file;
}
const MAP = JSON.stringify({ version: 3, sources: ["../../src/app.ts"], names: [], mappings: "UAOE" });

test("a stack names the positions in sources, whatever stands around those in the built file", () => {
  const file = built(MAP);
  const stack = `Error: x\n    at f (${file}:1:11)\n    at ${file}:1:11\n    at other.cjs:1:11`;
  expect(sourcePositions(file)(stack)).toBe(
    "Error: x\n    at f (src/app.ts:8:3)\n    at src/app.ts:8:3\n    at other.cjs:1:11",
  );
});

test.each([
  ["no map", ""],
  ["a map that is none", "{"],
  ["a map without mappings", JSON.stringify({ version: 3, sources: [], names: [], mappings: "" })],
])("with %s a stack stays as it is, and so does any other text", (_name, map) => {
  const file = built(map);
  for (const stack of [`Error: x\n    at f (${file}:1:11)`, `${file}:`, `${file}:x`, "", "Error"])
    expect(sourcePositions(file)(stack)).toBe(stack);
});
