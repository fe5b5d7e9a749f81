import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PATHS } from "./paths.ts";

/** Keeps what a test measured, as `test-results/figures/NAME.json`. */
export function writeFigures(name: string, figures: unknown): void {
  mkdirSync(PATHS.figures, { recursive: true });
  writeFileSync(join(PATHS.figures, `${name}.json`), JSON.stringify(figures, undefined, 2));
}
