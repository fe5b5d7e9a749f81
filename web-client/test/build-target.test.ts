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
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { BUILD_EDITION } from "../build-target.ts";
import { newerNames, newerStyle } from "./newer-than-target.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "serendip-build-"));

afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

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

/** Fields of our own and of libraries, named as something newer is of a platform that they have nothing to do with. */
const OWN_NAMES = [
  ".bytes",
  ".destroy",
  ".dispose",
  ".flush",
  ".format",
  ".priority",
  ".read",
  ".save",
  ".silent",
];

/** Newer than the target, and looked for before it is used: the page does without where it is missing. */
const LOOKED_FOR = [
  // Full screen, wake lock, notifications: `full-screen.test.tsx` and its neighbours take each away.
  ...[".exitFullscreen", ".fullscreenElement", ".fullscreenEnabled", ".requestFullscreen"],
  ...[".released", ".wakeLock"],
  ...[".permission", "Notification", "Notification.permission", "Notification.requestPermission"],
  // The picture is begun anew by time alone.
  ".iceTransport",
  // simple-peer, of a candidate.
  ".address",
  // engine.io-client in Node.
  ".getSetCookie",
  // zod.
  ...["Error.captureStackTrace", ".stackTraceLimit", "URL.canParse"],
  // React, of events.
  ...[".animation", ".movementX", ".movementY"],
];

/** Ornament: what does not know it leaves lines broken as they come, corners square, or colours as the system has them. */
const ORNAMENT = [
  ...["cursor: not-allowed", "cursor: pointer"],
  ...["forced-color-adjust", "forced-color-adjust: none"],
  "outline",
  "text-size-adjust",
  ...["text-wrap", "text-wrap: balance", "text-wrap: pretty"],
];

describe("the look at names", () => {
  it.each([
    ["a method", "[3, 1].toSorted()", ".toSorted"],
    ["… by its string", 'list["toSorted"]()', ".toSorted"],
    ["a static method", "AbortSignal.any([])", "AbortSignal.any"],
    ["… that a browser has in its next version", "Promise.withResolvers()", "Promise.withResolvers"],
    ["a function", "new RTCRtpScriptTransform(worker)", "RTCRtpScriptTransform"],
  ])("finds %s", (_what, script, name) => {
    expect([...newerNames(script).keys()]).toEqual([name]);
  });

  it("says which browsers lack it, in what version it comes", () => {
    expect(newerNames("[].toSorted()").get(".toSorted")).toBe("chrome 110, chrome_android 110, edge 110");
  });

  it.each([
    ["a property", "a { view-transition-name: b }", "view-transition-name"],
    ["a function", "a { color: color-mix(in srgb, red, blue) }", "color-mix()"],
    ["an at-rule", "@starting-style { a { color: red } }", "@starting-style"],
    ["a selector", "a:user-valid { color: red }", ":user-valid"],
    ["nesting", "a { & b { color: red } }", "nesting"],
    ["a media feature", "@media (scripting: none) { a { color: red } }", "@media scripting"],
  ])("finds %s in a style", (_what, css, name) => {
    expect([...newerStyle(css).keys()]).toContain(name);
  });

  it("lets pass what all browsers of the target have", () => {
    const script =
      "Object.hasOwn(a, b); a.at(-1); sender.setStreams(); pc.connectionState; structuredClone(a)";
    expect([...newerNames(script)]).toEqual([]);
    expect([
      ...newerStyle("a:has(b) { height: 1dvh; inset: 0 } @container (width > 9em) { a { top: 0 } }"),
    ]).toEqual([]);
  });
});

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
  let files: readonly string[] = [];
  const named = (ending: string) => files.filter((name) => name.endsWith(ending));
  const read = (name: string) => readFileSync(join(folder, name), "utf8");

  beforeAll(async () => {
    // As it is deployed: elsewhere React comes with what only its developers need.
    vi.stubEnv("NODE_ENV", "production");
    await build({
      root: ROOT,
      configFile: join(ROOT, "vite.config.ts"),
      logLevel: "silent",
      build: { outDir: folder, emptyOutDir: true, sourcemap: false },
    });
    files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  }, 120_000);

  it("[M9] can be read by each browser of the build target, the code of calls included", () => {
    // The chat, the check, what both share, and the code of calls.
    expect(named(".js").length).toBeGreaterThanOrEqual(4);
    const found = named(".js").map((name) => [name, faultsOf(read(name))] as const);
    expect(found.filter(([, faults]) => faults.length > 0)).toEqual([]);
  });

  it("[M9] calls nothing by name that a browser of the build target does not have, unless it looks first", () => {
    const found = new Map(named(".js").flatMap((name) => [...newerNames(read(name))]));
    const known = [...OWN_NAMES, ...LOOKED_FOR];
    expect([...found].filter(([name]) => !known.includes(name))).toEqual([]);
    expect(known.filter((name) => !found.has(name))).toEqual([]);
  });

  it("has no style that a browser of the build target does not know, but ornament", () => {
    expect(named(".css").length).toBeGreaterThanOrEqual(2);
    const found = new Map(named(".css").flatMap((name) => [...newerStyle(read(name))]));
    expect([...found].filter(([name]) => !ORNAMENT.includes(name))).toEqual([]);
    expect(ORNAMENT.filter((name) => !found.has(name))).toEqual([]);
  });
});
