import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runKept } from "../../src/main/kept-program.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "serendip-kept-"));
  mkdirSync(join(folder, "bundle"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const program = (answer: number) => `
  const { sep } = require("node:path");
  exports.answer = function answer() { return ${answer} + sep.length; };
  exports.name = __filename;
`;
const place = () => join(folder, "bundle/serve.cjs");
const kept = () => join(folder, "compile-cache/serve.cjs.code");
const run = () => runKept<{ answer(): number; name: string }>(place());

test("it runs alike with and without what was kept, and keeps it once", () => {
  writeFileSync(place(), program(10));
  const first = run();
  expect(first.exports.answer()).toBe(11);
  expect(first.exports.name).toBe(place());
  expect(existsSync(kept())).toBe(false);
  first.keep();
  const code = readFileSync(kept());
  const second = run();
  expect(second.exports.answer()).toBe(11);
  rmSync(kept());
  second.keep();
  expect(existsSync(kept())).toBe(false);
  expect(code.length).toBeGreaterThan(0);
});

test("what another source of the same length has left is not run", () => {
  writeFileSync(place(), program(10));
  run().keep();
  writeFileSync(place(), program(20));
  const changed = run();
  expect(changed.exports.answer()).toBe(21);
  changed.keep();
  expect(run().exports.answer()).toBe(21);
});

test.each([
  ["half of it", (code: Buffer) => code.subarray(0, code.length / 2)],
  ["nothing", () => Buffer.alloc(0)],
  [
    "a changed byte",
    (code: Buffer) => Buffer.from(code.map((byte, at) => (at === code.length - 9 ? byte ^ 1 : byte))),
  ],
])("with %s it runs all the same, and is kept anew", (_name, spoil) => {
  writeFileSync(place(), program(10));
  run().keep();
  const whole = readFileSync(kept());
  writeFileSync(kept(), spoil(whole));
  const again = run();
  expect(again.exports.answer()).toBe(11);
  again.keep();
  expect(readFileSync(kept()).length).toBeGreaterThan(whole.length / 2);
  expect(readdirSync(join(folder, "compile-cache"))).toEqual(["serve.cjs.code"]);
});

test("where nothing can be written it runs, and nothing is left", () => {
  writeFileSync(place(), program(10));
  writeFileSync(join(folder, "compile-cache"), "a file in the way");
  const only = run();
  only.keep();
  expect(only.exports.answer()).toBe(11);
  expect(readdirSync(folder).toSorted()).toEqual(["bundle", "compile-cache"]);
});
