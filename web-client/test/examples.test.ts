import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The code blocks of a text; in a comment, without its stars. */
function examplesOf(text: string): readonly string[] {
  const plain = text.replaceAll(/^ \* ?/gm, "");
  return [...plain.matchAll(/^```tsx?\n(.*?)^```/gms)].map(([, code]) => code ?? "");
}

/** What the examples take for granted. */
const AROUND = `
import { useMediaRef } from "../../src/use-media-ref.ts";
import { useVideoChat } from "../../src/use-video-chat.ts";
declare const video: HTMLVideoElement;
declare const label: HTMLElement;
declare function showWidget(provider: string, siteKey: string, signal: AbortSignal): Promise<string>;
export const given = [useMediaRef, useVideoChat, video, label, showWidget];
`;

test("[C59] the examples for those who build on the engine or the hook compile as they are written", () => {
  const examples = [
    ...examplesOf(readFileSync(here("../../README.md"), "utf8")),
    ...examplesOf(readFileSync(here("../src/use-video-chat.ts"), "utf8")),
  ];
  expect(examples.length).toBeGreaterThanOrEqual(3);
  mkdirSync(here("../dist-examples"), { recursive: true });
  const folder = mkdtempSync(here("../dist-examples/"));
  onTestFinished(() => rmSync(here("../dist-examples"), { recursive: true, force: true }));
  for (const [index, code] of examples.entries())
    writeFileSync(join(folder, `example-${index}.tsx`), `${AROUND}${code}`);
  // They are examples: what they declare need not be used.
  const compilerOptions = { noUnusedLocals: false };
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({
      extends: "../../tsconfig.json",
      compilerOptions,
      include: ["*.tsx", "../../src/*.d.ts"],
      exclude: [],
    }),
  );
  const compiler = join(createRequire(import.meta.url).resolve("typescript/package.json"), "../bin/tsc");
  expect(() =>
    execFileSync(process.execPath, [compiler, "-p", folder], { encoding: "utf8", stdio: "pipe" }),
  ).not.toThrow();
});
