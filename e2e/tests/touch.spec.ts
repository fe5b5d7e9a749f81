import { devices } from "@playwright/test";
import { expect, test } from "../support/fixtures.ts";
import type { Stranger } from "../support/stranger.ts";

const PHONE = devices["Pixel 7"];
/** What a thumb reaches from the lower edge without moving the hand. */
const THUMB = 0.3;

const tap = (person: Stranger, name: string) => person.button(name).tap();

/** Where the buttons of the bar are, as parts of the screen's height, and how small the smallest is. */
function dock({ page }: Stranger) {
  return page.getByRole("group", { name: "Call controls" }).evaluate((bar) => {
    const boxes = [...bar.querySelectorAll("button")].map((button) => button.getBoundingClientRect());
    return {
      buttons: boxes.length,
      top: Math.min(...boxes.map(({ top }) => top)) / window.innerHeight,
      bottom: Math.max(...boxes.map(({ bottom }) => bottom)) / window.innerHeight,
      smallest: Math.min(...boxes.flatMap(({ width, height }) => [width, height])),
      outside: boxes.filter(({ left, right }) => left < 0 || right > window.innerWidth).length,
    };
  });
}

/** Whether nothing of the partner's picture is cut off. */
const isWhole = ({ page }: Stranger) =>
  page
    .getByLabel("Partner's video", { exact: true })
    .evaluate((video) => getComputedStyle(video).objectFit === "contain");

test("[C46] a call on a phone by thumb alone: Start, mute, full screen, Next and Stop", async ({
  sharedBrowser,
  profile,
  stranger,
}) => {
  test.setTimeout(120_000);
  if (!PHONE) throw new Error("Playwright does not know the phone");
  const context = await sharedBrowser.newContext({ ...PHONE, permissions: ["camera", "microphone"] });
  try {
    const ann = await stranger(context);
    const [bob, cat] = [await stranger(await profile()), await stranger(await profile())];
    await tap(ann, "Start Chatting");
    await bob.start();
    await Promise.all([ann.meets(30_000), bob.meets(30_000)]);
    expect(await ann.page.evaluate(() => navigator.maxTouchPoints)).toBeGreaterThan(0);

    const upright = await dock(ann);
    expect(upright).toMatchObject({ buttons: 5, outside: 0 });
    expect(upright.top).toBeGreaterThan(1 - THUMB);
    expect(upright.bottom).toBeLessThanOrEqual(1);
    expect(upright.smallest).toBeGreaterThanOrEqual(44);
    expect(await isWhole(ann)).toBe(true);

    await tap(ann, "Mute microphone");
    await expect(ann.button("Unmute microphone")).toBeVisible();
    await expect(bob.page.getByRole("main").getByText("Your partner's microphone is off")).toBeVisible();
    await tap(ann, "Unmute microphone");
    await expect(bob.page.getByRole("main").getByText("Your partner's microphone is off")).toBeHidden();

    await tap(ann, "Full screen");
    await expect.poll(() => ann.page.evaluate(() => document.fullscreenElement?.tagName)).toBe("HTML");
    await tap(ann, "Leave full screen");
    await expect.poll(() => ann.page.evaluate(() => document.fullscreenElement)).toBeNull();

    // The phone is turned on its side, in the call.
    const { width, height } = PHONE.viewport;
    await ann.page.setViewportSize({ width: height, height: width });
    await ann.meets(30_000);
    const onItsSide = await dock(ann);
    expect(onItsSide).toMatchObject({ buttons: 5, outside: 0 });
    expect(onItsSide.top).toBeGreaterThan(1 - THUMB);
    expect(onItsSide.bottom).toBeLessThanOrEqual(1);
    expect(onItsSide.smallest).toBeGreaterThanOrEqual(44);
    expect(await isWhole(ann)).toBe(true);
    await ann.page.setViewportSize({ width, height });

    await tap(ann, "Next");
    await bob.sees("Partner left.");
    await cat.start();
    await ann.meets(30_000);
    await tap(ann, "Stop");
    await expect(ann.button("Start Chatting")).toBeVisible();
    expect(await ann.held()).toMatchObject({ tracks: 0, peers: 0 });
  } finally {
    await context.close();
  }
});
