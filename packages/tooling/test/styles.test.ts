import { describe, expect, it } from "vitest";
import { read } from "./docs/faults.ts";
import { listFiles } from "./floors/source.ts";

const ENTRY = "web-client/src/style.css";

interface Declaration {
  readonly property: string;
  readonly value: string;
}

/** What a style sheet declares; selectors, comments and at-rules are left out. */
function declarationsOf(css: string): readonly Declaration[] {
  const bare = css.replaceAll(/\/\*[\s\S]*?\*\//g, "");
  return [...bare.matchAll(/(?<=[{;]\s*)([\w-]+)\s*:\s*([^;{}]+)(?=[;}])/g)].map(
    ([, property = "", value = ""]) => ({ property, value: value.replaceAll(/\s+/g, " ").trim() }),
  );
}

/** Where a notch is, is the one physical thing; what is done about it is the same on both sides. */
const BOTH_NOTCHES = "max(env(safe-area-inset-left), env(safe-area-inset-right))";
const FOUR_SIDES = /^(margin|padding|inset|border-(width|style|color)|scroll-(margin|padding))$/;

/** Parts of a value, each function one part. */
const partsOf = (value: string) => value.match(/(?:[^\s(]|\((?:[^()]|\([^()]*\))*\))+/g) ?? [];

/** Whether a declaration means another thing where people read from right to left than what its author saw. */
function isPhysical({ property, value }: Declaration): boolean {
  if (/(^|-)(left|right)(-|$)/.test(property)) return true;
  if (/\b(left|right)\b/.test(value.replaceAll(BOTH_NOTCHES, ""))) return true;
  const parts = partsOf(value);
  if (FOUR_SIDES.test(property)) return parts.length === 4 && parts[1] !== parts[3];
  return property === "border-radius" && parts.length > 1;
}

const sheets = listFiles()
  .filter((file) => file.endsWith(".css") && file !== ENTRY)
  .map((file) => [file, read(file)] as const);

describe("the style sheets", () => {
  it.each(sheets)("%s has no left and right", (_name, css) => {
    const declarations = declarationsOf(css);
    expect(declarations.length).toBeGreaterThan(5);
    expect(declarations.filter(isPhysical)).toEqual([]);
  });

  it.each(sheets.filter(([file]) => !file.endsWith("/tokens.css")))(
    "%s has no colour of its own",
    (_name, css) => {
      const raw = declarationsOf(css).filter(({ value }) =>
        /#[\da-f]{3,8}\b|\b(rgb|hsl|oklch)a?\(/i.test(value),
      );
      expect(raw).toEqual([]);
    },
  );

  it("are all loaded by a page", () => {
    expect(sheets.length).toBeGreaterThan(7);
    const loaded = read(ENTRY);
    const missing = sheets
      .map(([file]) => file)
      .filter((file) => !loaded.includes(`./styles/${file.split("/").at(-1)}`));
    // The check has its own.
    expect(missing).toEqual(["web-client/src/styles/check.css"]);
  });
});

describe("of left and right it is found", () => {
  it.each([
    ["margin-left: 1px"],
    ["right: 0"],
    ["border-left: 0"],
    ["border-top-right-radius: 0"],
    ["text-align: right"],
    ["float: left"],
    ["scroll-margin-left: 0"],
    ["background: linear-gradient(to right, red, blue)"],
    ["transition: left 1s"],
    ["margin: 0 1px 0 2px"],
    ["inset: 0 auto 0 calc(1px + (2px * 3))"],
    ["padding: env(safe-area-inset-left)"],
    ["border-radius: 1px 2px 3px 4px"],
  ])("%s", (declaration) => {
    expect(declarationsOf(`a { ${declaration}; }`).filter(isPhysical)).toHaveLength(1);
  });

  it.each([["margin-inline-start: 1px"], ["margin: 1px 2px 3px 2px"], ["text-align: end"], ["inset: 0"]])(
    "and not %s",
    (declaration) => {
      const css = `.left > a:is(.right) { ${declaration}; } /* right: 0; */`;
      expect(declarationsOf(css)).toHaveLength(1);
      expect(declarationsOf(css).filter(isPhysical)).toEqual([]);
    },
  );
});
