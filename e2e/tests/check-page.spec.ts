import type { Page } from "@playwright/test";
import { expect, test } from "../support/fixtures.ts";

/** The check called `title`, as the person sees it. */
const check = (page: Page, title: string) =>
  page.getByRole("listitem").filter({ has: page.getByRole("heading", { name: title, exact: true }) });

const verdict = (page: Page) => page.getByRole("status", { name: "Connection check" });

const done = (page: Page) =>
  expect(page.getByRole("heading", { name: "Report" })).toBeVisible({ timeout: 45_000 });

test("[C54][C56] with everything in order and no ICE servers: all works, and what is not set up is said as such", async ({
  profile,
  signaling,
  web,
}) => {
  void signaling;
  const page = await (await profile()).newPage();
  await page.goto(`${web.origin}/check/`);
  await page.getByRole("button", { name: "Start the check" }).click();
  await done(page);
  await expect(verdict(page)).toHaveText("Everything that is set up here works.");
  for (const title of ["Camera", "Microphone", "Chat server"])
    await expect(check(page, title)).toContainText("Works");
  for (const title of [
    "Direct calls (UDP)",
    "Relay server over UDP",
    "Relay server over TCP",
    "Relay server over TLS",
  ])
    await expect(check(page, title)).toContainText("Not set up here");
  await expect(page.getByLabel("Your video")).toBeVisible();
  // Chromium's fake microphone beeps.
  await expect
    .poll(() => page.getByRole("meter").evaluate((meter: HTMLMeterElement) => meter.value))
    .toBeGreaterThan(0);
  const report = await page.locator("pre").textContent();
  expect(report).toContain("Chat server: Works");
  expect(report).not.toContain(new URL(web.origin).host);

  await page.getByRole("button", { name: "Run again" }).click();
  await expect(verdict(page)).toHaveText("Checking…");
  await done(page);
  await expect(verdict(page)).toHaveText("Everything that is set up here works.");
});

test("[C55] a camera that is denied is named, with what to do; the other checks still run", async ({
  profile,
  signaling,
  web,
}) => {
  void signaling;
  const page = await (await profile(undefined, [])).newPage();
  await page.goto(`${web.origin}/check/`);
  await page.getByRole("button", { name: "Start the check" }).click();
  await done(page);
  await expect(check(page, "Camera")).toContainText("Does not work");
  await expect(check(page, "Camera")).toContainText(/blocked.*address bar/);
  await expect(check(page, "Chat server")).toContainText("Works");
  await expect(verdict(page)).toContainText("Camera");
});

test.describe("the signaling server does not run", () => {
  test.use({ signalingStarts: false });

  test("[C54] the chat server is named, and works at the next run once it is there", async ({
    profile,
    signaling,
    web,
  }) => {
    test.setTimeout(120_000);
    const page = await (await profile()).newPage();
    await page.goto(`${web.origin}/check/`);
    await page.getByRole("button", { name: "Start the check" }).click();
    await done(page);
    await expect(check(page, "Chat server")).toContainText("Does not work");
    await expect(check(page, "Camera")).toContainText("Works");
    await signaling.start();
    await page.getByRole("button", { name: "Run again" }).click();
    await expect(check(page, "Chat server")).toContainText("Works", { timeout: 30_000 });
  });
});

test("leads there from the first screen, and back", async ({ stranger }) => {
  const ann = await stranger();
  await ann.page.getByRole("link", { name: "Check my connection" }).click();
  await expect(ann.page.getByRole("heading", { name: "Connection check" })).toBeVisible();
  await expect(ann.page).toHaveTitle(/Connection check/);
  await ann.page.getByRole("link", { name: "Back to the chat" }).click();
  await expect(ann.button("Start Chatting")).toBeVisible();
});

test("leaving the page gives camera and microphone back", async ({ stranger, web }) => {
  const ann = await stranger();
  await ann.page.goto(`${web.origin}/check/`);
  await ann.press("Start the check");
  await done(ann.page);
  expect((await ann.held()).tracks).toBe(2);
  await ann.press("Turn off camera and microphone");
  await expect.poll(async () => (await ann.held()).tracks).toBe(0);
  expect(await ann.held()).toEqual({ tracks: 0, peers: 0, ahead: 0, sockets: 0 });
});
