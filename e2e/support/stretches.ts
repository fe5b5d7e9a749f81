import type { Page } from "@playwright/test";

/** How long each stretch took, milliseconds by its name. */
type Stretches = Readonly<Record<string, number>>;

/** What the engine said of its ways to a first picture (SPEC H4), in order, since the call of this function. */
export function hearStretches(page: Page): readonly Stretches[] {
  const heard: Stretches[] = [];
  page.on("console", (line) => {
    if (!line.text().includes("first picture")) return;
    const details = line.args().at(-1);
    void details?.jsonValue().then((value: Stretches) => heard.push(value));
  });
  return heard;
}

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
};

/** A table of where the time went: each stretch of these ways, then the whole; milliseconds. */
export function timeTable(title: string, wholes: readonly number[], ways: readonly Stretches[]): string {
  const names = [...new Set(ways.flatMap((way) => Object.keys(way)))];
  const line = (name: string, values: readonly number[]) =>
    [
      name.padEnd(12),
      ...[Math.min(...values), median(values), Math.max(...values)].map((ms) => String(ms).padStart(7)),
    ].join("");
  return [
    `${title}, ${wholes.length} times`,
    ["ms".padEnd(12), "least", "median", "most"]
      .map((word, at) => (at === 0 ? word : word.padStart(7)))
      .join(""),
    ...names.map((name) =>
      line(
        name.replace(/Ms$/, ""),
        ways.flatMap((way) => way[name] ?? []),
      ),
    ),
    line("in all", wholes),
  ].join("\n");
}

export const figuresOf = (wholes: readonly number[]) => ({ medianMs: median(wholes), timesMs: wholes });
