import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { median, table } from "./figures.ts";

/** Figures of one run, by what they are; milliseconds or counts. */
export type Figures = Readonly<Record<string, number>>;

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const RUNS = Number(process.env["RUNS"] ?? "3");

const digits = (value: number): string => value.toFixed(value < 100 ? 2 : 0);

/**
 * Runs the same load against the built checkouts that are named on the command line (seen from the repository's folder; this one
 * unless any is), in turns, RUNS times each, and prints each figure of each run and their medians.
 */
export async function compare(load: (product: string) => Promise<Figures>): Promise<void> {
  const typed = process.argv.slice(2);
  const products = (typed.length === 0 ? ["."] : typed).map((folder) => resolve(ROOT, folder));
  const all = new Map<string, Figures[]>(products.map((product) => [product, []]));
  for (let run = 1; run <= RUNS; run += 1)
    for (const product of products) {
      const figures = await load(product);
      all.get(product)?.push(figures);
      console.error(`run ${run} of ${RUNS}, ${product}`);
    }
  for (const [product, runs] of all) {
    const names = Object.keys(runs[0] ?? {});
    const rows = names.map((name) => {
      const values = runs.map((figures) => figures[name] ?? Number.NaN);
      return [name, ...values.map(digits), digits(median(values))];
    });
    console.log(`${product}\n${table([["", ...runs.map((_, n) => `run ${n + 1}`), "median"], ...rows])}\n`);
  }
}
