import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import {
  DESKTOP,
  galleryNames,
  MODES,
  type Mode,
  openGallery,
  PHONE,
  showState,
  test,
} from "../support/gallery.ts";
import { PATHS } from "../support/paths.ts";

/** One of each screen. */
const SCREENS = [
  "home",
  "searching-alone",
  "connected-poor",
  "settings",
  "problem-media-denied",
  "check-trouble",
];

async function shoot(page: Page, name: string): Promise<void> {
  await page.screenshot({
    path: join(PATHS.states, `${name}.png`),
    animations: "disabled",
  });
}

/** A picture that is sent shows something. A stream may be of sound alone, or its camera may be off. */
const videosPlay = (page: Page) =>
  page.waitForFunction(
    () =>
      [...document.querySelectorAll("video")].every(({ readyState, srcObject }) => {
        const tracks = srcObject instanceof MediaStream ? srcObject.getVideoTracks() : [];
        return readyState >= 2 || !tracks.some((track) => track.enabled && track.readyState === "live");
      }),
    undefined,
    { timeout: 10_000 },
  );

async function shootAll(page: Page, states: readonly string[], look: string): Promise<void> {
  mkdirSync(PATHS.states, { recursive: true });
  for (const state of states) {
    await showState(page, state);
    await videosPlay(page);
    await shoot(page, `${state}-${look}`);
  }
  await page.close();
}

for (const [look, size] of [
  ["phone", PHONE],
  ["desktop", DESKTOP],
] as const) {
  test(`every state, ${look}`, async ({ gallery, galleryBrowser }) => {
    test.setTimeout(240_000);
    const page = await openGallery(galleryBrowser, gallery, { name: look, size, look: "nothing" });
    await shootAll(page, await galleryNames(page), look);
  });
}

const isOrdinary = ({ size, media, textPercent }: Mode) =>
  (size === PHONE || size === DESKTOP) && media === undefined && textPercent === undefined;

for (const mode of MODES.filter((one) => !isOrdinary(one))) {
  test(`every screen, ${mode.name}`, async ({ gallery, galleryBrowser }) => {
    test.setTimeout(120_000);
    const page = await openGallery(galleryBrowser, gallery, mode);
    await shootAll(page, SCREENS, mode.name.replaceAll(/[^a-z\d]+/g, "-"));
  });
}
