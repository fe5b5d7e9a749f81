import type { Page } from "@playwright/test";
import { axeFaults } from "../support/axe.ts";
import { expect, galleryNames, MODES, openGallery, showState, test } from "../support/gallery.ts";

const WORDS_ON_THE_PICTURE = ".card > *, .away, .sound-blocked, .partner-muted, .quality-button";

/** What a person would have to scroll sideways for, or could not press. */
function misfits(page: Page): Promise<readonly string[]> {
  return page.evaluate((onPicture) => {
    const found: string[] = [];
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth > clientWidth) found.push(`the page is ${scrollWidth - clientWidth} px too wide`);
    const dialog = document.querySelector("dialog[open]");
    for (const element of (dialog ?? document).querySelectorAll<HTMLElement>("button, select, a.link")) {
      if (!element.checkVisibility({ visibilityProperty: true })) continue;
      const { width, height, left, right } = element.getBoundingClientRect();
      const name = element.getAttribute("aria-label") ?? element.textContent;
      // A link in a sentence may be as high as the line (WCAG 2.5.8).
      const small = element instanceof HTMLAnchorElement ? height < 18 : height < 43.5 || width < 43.5;
      if (small) found.push(`${name} is ${Math.round(width)} by ${Math.round(height)} px`);
      if (left < 0 || right > clientWidth) found.push(`${name} reaches out of the page`);
      element.scrollIntoView({ block: "nearest" });
      // Of a link that is broken into lines, the first one.
      const at = element.getClientRects()[0] ?? element.getBoundingClientRect();
      const top = document.elementFromPoint((at.left + at.right) / 2, (at.top + at.bottom) / 2);
      if (!element.contains(top)) found.push(`${name} lies under ${top?.className || top?.tagName}`);
      if (element.scrollWidth > element.clientWidth + 1 && !(element instanceof HTMLSelectElement))
        found.push(`${name} has words that do not fit`);
    }
    if (dialog) return found;
    for (const covering of document.querySelectorAll(".self-view, .full-screen")) {
      const over = covering.getBoundingClientRect();
      for (const words of document.querySelectorAll(onPicture)) {
        const under = words.getBoundingClientRect();
        const apart =
          under.right <= over.left ||
          under.left >= over.right ||
          under.bottom <= over.top ||
          under.top >= over.bottom;
        if (!apart && under.width > 0 && over.width > 0)
          found.push(`${covering.className} lies on ${words.className || words.tagName}`);
      }
    }
    return found;
  }, WORDS_ON_THE_PICTURE);
}

for (const mode of MODES) {
  const promise = mode.look === "nothing" ? "all of it fits" : "axe finds nothing, all of it fits";
  test(`every state of the gallery, ${mode.name}: ${promise}`, async ({ gallery, galleryBrowser }) => {
    test.setTimeout(600_000);
    const page = await openGallery(galleryBrowser, gallery, mode);
    const names = await galleryNames(page);
    expect(names.length).toBeGreaterThanOrEqual(57);
    const faults: Record<string, readonly string[]> = {};
    for (const state of names) {
      await showState(page, state);
      const seen = mode.look === "nothing" ? [] : await axeFaults(page, mode.look);
      const found = [...seen, ...(await misfits(page))];
      if (found.length > 0) faults[state] = found;
    }
    expect(faults).toEqual({});
  });
}
