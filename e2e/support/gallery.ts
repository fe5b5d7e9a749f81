import { type Browser, test as base, type Page } from "@playwright/test";
import type { Look } from "./axe.ts";
import { launchBrowser } from "./browsers.ts";
import { PATHS } from "./paths.ts";
import { type Web, webServer } from "./web.ts";

export const PHONE = { width: 390, height: 844 };
const SMALL = { width: 320, height: 568 };
const ON_ITS_SIDE = { width: 844, height: 390 };
export const DESKTOP = { width: 1280, height: 800 };

/** How somebody looks at the page. */
export interface Mode {
  readonly name: string;
  readonly size: { readonly width: number; readonly height: number };
  readonly media?: Parameters<Page["emulateMedia"]>[0];
  /** The size that a person has set in the browser; WCAG 1.4.4 asks for 200. */
  readonly textPercent?: number;
  /** Nothing: only whether all of it fits. */
  readonly look: Look | "nothing";
}

export const MODES: readonly Mode[] = [
  { name: "a phone", size: PHONE, look: "everything" },
  { name: "a desktop", size: DESKTOP, look: "everything" },
  { name: "dark", size: PHONE, media: { colorScheme: "dark" }, look: "contrast" },
  { name: "forced colours", size: PHONE, media: { forcedColors: "active" }, look: "everything" },
  { name: "reduced motion", size: PHONE, media: { reducedMotion: "reduce" }, look: "everything" },
  { name: "text of 200 %", size: PHONE, textPercent: 200, look: "everything" },
  { name: "text of 200 % on a desktop", size: DESKTOP, textPercent: 200, look: "nothing" },
  { name: "a small phone", size: SMALL, look: "nothing" },
  { name: "a phone on its side", size: ON_ITS_SIDE, look: "nothing" },
];

interface GalleryFixtures {
  /** The page's states without a server. */
  gallery: Web;
  galleryBrowser: Browser;
}

export const test = base.extend<object, GalleryFixtures>({
  gallery: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from this pattern.
    async ({}, use) => {
      const web = await webServer(PATHS.gallery);
      await use(web);
      await web.stop();
    },
    { scope: "worker" },
  ],
  galleryBrowser: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from this pattern.
    async ({}, use) => {
      const browser = await launchBrowser();
      await use(browser);
      await browser.close();
    },
    { scope: "worker" },
  ],
});

/** The list of states, as `mode` says. */
export async function openGallery(browser: Browser, gallery: Web, mode: Mode): Promise<Page> {
  const page = await browser.newPage({ viewport: mode.size });
  await setTextSize(page, mode.textPercent ?? 100);
  await page.emulateMedia(mode.media ?? {});
  await page.goto(`${gallery.origin}/states.html`);
  return page;
}

/** The states that the open gallery offers, from its list. */
export function galleryNames(page: Page): Promise<string[]> {
  return page
    .locator('a[href^="?state="]')
    .evaluateAll((links) => links.map((link) => link.textContent ?? ""));
}

/** Shows a state in the page that is open, without loading it anew. */
export async function showState(page: Page, state: string): Promise<void> {
  await page.evaluate((name) => {
    history.pushState(undefined, "", `?state=${name}`);
    window.dispatchEvent(new PopStateEvent("popstate"));
  }, state);
  await page.waitForFunction((name) => document.documentElement.dataset["state"] === name, state);
}

/** As the browser's own setting for the size of text does it, 16 px being 100 %. Counts from the next load. */
async function setTextSize(page: Page, percent: number): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const standard = (16 * percent) / 100;
  await session.send("Page.setFontSizes", { fontSizes: { standard, fixed: standard } });
}

export { expect } from "@playwright/test";
