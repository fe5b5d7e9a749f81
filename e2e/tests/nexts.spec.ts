import type { CDPSession, Page } from "@playwright/test";
import { writeFigures } from "../support/figures.ts";
import { expect, test } from "../support/fixtures.ts";
import { countTimers, type Footprint, footprint } from "../support/footprint.ts";
import { asStranger } from "../support/stranger.ts";
import { pass } from "../support/until.ts";

/** Partners one after the other: 50 here, 500 in `npm run nexts`. */
const NEXTS = Number(process.env["NEXTS"] ?? "50");

/** What a browser fills once and keeps. */
const WARM_UP = 10;

/** What two measurements of one state differ by, at most, whatever the number of partners. */
const NOISE: Footprint = { heapBytes: 1_500_000, nodes: 60, listeners: 30, peers: 2, tracks: 6, timers: 4 };

// Nobody looks at a partner as shortly as this: it goes on at the first frame.
test.use({ signalingEnv: { REMATCH_MS: "0", LIMITS_PERCENT: "10000", KEEP_FROM_LOW_MS: "0" } });

test(`[C28] [R19] ${NEXTS} times Next, each with a connection and a picture of its own, leave nothing behind`, async ({
  profile,
  web,
  signaling,
}) => {
  test.setTimeout(NEXTS * 12_000 + 180_000);
  void signaling;
  const [one, other] = [await profile(), await profile()];
  const [ann, bob] = [await one.newPage(), await other.newPage()];
  await ann.addInitScript(countTimers);
  for (const page of [ann, bob]) await page.goto(web.origin);
  const devtools = await one.newCDPSession(ann);
  for (const [page, context] of [
    [ann, one],
    [bob, other],
  ] as const)
    await asStranger(page, context).start();
  await bob.evaluate(searchWhenLeft);
  await ann.evaluate(seePartner, "first");

  const goOn = async (times: number) => {
    for (let time = 0; time < times; time += 1) await ann.evaluate(seePartner, "next");
  };
  await goOn(WARM_UP);
  const before = await settledFootprint(ann, devtools);
  await goOn(NEXTS);
  const after = await settledFootprint(ann, devtools);
  console.log(`what a page holds before and after ${NEXTS} times Next: ${JSON.stringify({ before, after })}`);
  writeFigures("nexts", { nexts: NEXTS, before, after });
  for (const name of Object.keys(NOISE) as (keyof Footprint)[])
    expect(after[name] - before[name], name).toBeLessThanOrEqual(NOISE[name]);
  // One in use and one made ahead; the rest is closed ones that the collector has yet to take.
  expect(after.peers).toBeLessThanOrEqual(2 + NOISE.peers);
});

/** In a call that has gone on for a while, with the connection for the next partner at hand. */
async function settledFootprint(page: Page, devtools: CDPSession): Promise<Footprint> {
  await pass(3_000);
  return footprint(page, devtools);
}

/** Runs in the page: presses Next as soon as the partner has left. */
function searchWhenLeft(): void {
  new MutationObserver(() => {
    if (!document.querySelector('[role="status"]')?.textContent?.includes("Partner left")) return;
    for (const button of document.querySelectorAll("button"))
      if (button.textContent?.trim() === "Next") button.click();
  }).observe(document, { childList: true, subtree: true, characterData: true });
}

/** Runs in the page: presses Next where asked to, and waits for a frame of another partner's video. */
async function seePartner(how: string): Promise<void> {
  const video = () => document.querySelector<HTMLVideoElement>('[aria-label="Partner\'s video"]');
  const left = video()?.srcObject;
  if (how === "next")
    [...document.querySelectorAll("button")]
      .find(({ textContent }) => textContent?.trim() === "Next")
      ?.click();
  for (const until = Date.now() + 30_000; Date.now() < until; ) {
    const shown = video();
    if (shown?.srcObject && shown.srcObject !== left && shown.readyState >= 2) {
      await new Promise((resolve) => shown.requestVideoFrameCallback(resolve));
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("no other partner's picture within 30 s");
}
