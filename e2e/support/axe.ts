import { expect, type Page } from "@playwright/test";
import axe, { type RunOptions } from "axe-core";

/** Everything, or contrast alone: for modes that change colours and nothing else. */
export type Look = "everything" | "contrast";

const OPTIONS: Record<Look, RunOptions> = {
  everything: { resultTypes: ["violations"] },
  contrast: { resultTypes: ["violations"], runOnly: ["color-contrast"] },
};

/** What axe has against the page as it is: the rule, and where. */
export async function axeFaults(page: Page, look: Look = "everything"): Promise<readonly string[]> {
  // The program is half a megabyte: once for each document.
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe.source);
  const { violations } = await page.evaluate((options) => window.axe.run(document, options), OPTIONS[look]);
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id} at ${target.join(" ")}`));
}

export async function expectAccessible(page: Page, look: Look = "everything"): Promise<void> {
  expect(await axeFaults(page, look)).toEqual([]);
}

declare global {
  interface Window {
    axe: typeof axe;
  }
}
