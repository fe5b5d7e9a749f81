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

const FOLDER = join(PATHS.screenshots, "states");

/** Pictures of every state are many: they are kept small. */
async function shoot(page: Page, name: string): Promise<void> {
  await page.screenshot({
    path: join(FOLDER, `${name}.jpg`),
    type: "jpeg",
    quality: 60,
    animations: "disabled",
  });
}

/** A picture that is played shows something. */
const videosPlay = (page: Page) =>
  page.waitForFunction(() =>
    [...document.querySelectorAll("video")].every(
      (video) =>
        video.hidden ||
        video.srcObject === null ||
        video.readyState >= 2 ||
        video.closest("[hidden]") !== null,
    ),
  );

async function shootAll(page: Page, states: readonly string[], look: string): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
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
