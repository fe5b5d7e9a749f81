// @vitest-environment node
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseRegExpLiteral, visitRegExpAST } from "@eslint-community/regexpp";
import {
  type CallExpression,
  type Literal,
  type NewExpression,
  type Node,
  parse,
  type TemplateLiteral,
} from "acorn";
import { full } from "acorn-walk";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BUILD_EDITION } from "../build-target.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "serendip-build-"));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a script has that a browser of the build target cannot read: then it reads nothing of the whole file. */
function faultsOf(script: string): readonly string[] {
  const faults: string[] = [];
  try {
    full(parse(script, { ecmaVersion: BUILD_EDITION, sourceType: "module" }), (node) => {
      const source = script.slice(node.start, node.end);
      // Safari 16.4, although the edition has it.
      if (node.type === "StaticBlock") faults.push(`static block ${source.slice(0, 60)}`);
      if (node.type === "Literal" && "regex" in node && node.regex) faults.push(...regExpFaults(source));
      faults.push(...madeRegExpFaults(node));
    });
  } catch (error) {
    faults.push(String(error));
  }
  return faults;
}

/** The bundler makes `new RegExp("…")` of a literal that a target cannot read: that throws where it is reached. */
function madeRegExpFaults(node: Node): readonly string[] {
  if (node.type !== "NewExpression" && node.type !== "CallExpression") return [];
  const { callee, arguments: given } = node as NewExpression | CallExpression;
  if (callee.type !== "Identifier" || callee.name !== "RegExp") return [];
  const [pattern, flags] = given.map(textOf);
  return pattern === undefined ? [] : regExpFaults(`/${pattern.replaceAll("/", "\\/")}/${flags ?? ""}`);
}

/** Undefined where only the running page knows it. */
function textOf(node: Node): string | undefined {
  if (node.type === "Literal") return String((node as Literal).value);
  if (node.type !== "TemplateLiteral") return undefined;
  const { quasis } = node as TemplateLiteral;
  return quasis.length === 1 ? (quasis[0]?.value.cooked ?? undefined) : undefined;
}

/** Safari 16.4 was the first with lookbehinds (ECMAScript 2018). */
function regExpFaults(source: string): readonly string[] {
  const faults: string[] = [];
  visitRegExpAST(parseRegExpLiteral(source), {
    onAssertionEnter: ({ kind, raw }) => {
      if (kind === "lookbehind") faults.push(`lookbehind ${raw} in ${source}`);
    },
  });
  return faults;
}

describe("the look at syntax", () => {
  it.each([
    ["a lookbehind", "export const lines = (text) => text.split(/(?<=\\n)/);", /lookbehind/],
    ["a lookbehind that was made", 'RegExp("(?<=a)b", "i"); new RegExp(`(?<=/)b`)', /lookbehind.*lookbehind/],
    ["a lookbehind that forbids", "/(?<!a)b/u.test('b')", /lookbehind/],
    ["a static block", "class A { static { A.b = 1; } }", /static block/],
    ["sets in regular expressions", "/[\\p{L}--[a-z]]/v.test('')", /SyntaxError/],
    ["what is newer than the edition", "using a = b;", /SyntaxError/],
  ])("finds %s", (_what, script, fault) => {
    expect(faultsOf(script).join()).toMatch(fault);
  });

  it("lets pass what all browsers of the target read", () => {
    expect(
      faultsOf("class A { #b = 1; c = this?.d ?? /(?<year>\\d+)(?=a)/su; }; await import('./x.js')"),
    ).toEqual([]);
  });
});

describe("the built page", () => {
  let scripts: readonly string[] = [];

  beforeAll(async () => {
    await build({
      root: ROOT,
      configFile: join(ROOT, "vite.config.ts"),
      logLevel: "silent",
      build: { outDir: folder, emptyOutDir: true, sourcemap: false },
    });
    scripts = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith(".js"),
    );
  }, 120_000);

  it("[M9] can be read by each browser of the build target, the code of calls included", () => {
    // The chat, the check, what both share, and the code of calls.
    expect(scripts.length).toBeGreaterThanOrEqual(4);
    const found = scripts.map((name) => [name, faultsOf(readFileSync(join(folder, name), "utf8"))] as const);
    expect(found.filter(([, faults]) => faults.length > 0)).toEqual([]);
  });
});
