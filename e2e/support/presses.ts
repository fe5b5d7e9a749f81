import type { Page } from "@playwright/test";
import { until } from "./until.ts";

/** What the page keeps of presses. */
interface Presses {
  /** From each press of the person to the first picture that shows what came of it, milliseconds. */
  readonly tookMs: number[];
}

declare global {
  interface Window {
    presses: Presses;
  }
}

/**
 * Runs in the page before any of its scripts; self-contained, because it is sent as text. A press begins with its event's own time
 * stamp, which the browser's process gives it before the page has time for it (Event Timing, W3C, section 2.1), and ends after the
 * frame in which the status region or the first page's button says something else.
 */
function installPresses(): void {
  const presses: Presses = { tookMs: [] };
  window.presses = presses;
  const words = () => document.querySelector("main")?.textContent ?? "";
  document.addEventListener(
    "click",
    (event) => {
      const name = (event.target as Element).closest("button")?.textContent?.trim();
      if (!event.isTrusted || (name !== "Next" && name !== "Stop")) return;
      const before = words();
      const look = () => {
        if (words() === before) return;
        observer.disconnect();
        // The task after the frame's own: of this priority, since what else waits (a flood's messages) delays no picture.
        requestAnimationFrame(() =>
          scheduler.postTask(() => presses.tookMs.push(performance.now() - event.timeStamp), {
            priority: "user-blocking",
          }),
        );
      };
      const observer = new MutationObserver(look);
      observer.observe(document, { childList: true, subtree: true, characterData: true });
    },
    true,
  );
}

export async function watchPresses(page: Page): Promise<void> {
  await page.addInitScript(installPresses);
}

/** Presses a button as a person does, and tells how long it took until the page showed what came of it. */
export async function timePress(page: Page, name: "Next" | "Stop", withinMs: number): Promise<number> {
  const before = await page.evaluate(() => window.presses.tookMs.length);
  const box = await page.getByRole("button", { name, exact: true }).boundingBox();
  if (!box) throw new Error(`There is no button ${name}.`);
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  return until(`the page shows what came of ${name}`, withinMs, () =>
    page.evaluate((count) => window.presses.tookMs[count], before),
  );
}
