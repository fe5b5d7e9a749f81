import { join } from "node:path";
import { type BrowserContext, expect, type Page } from "@playwright/test";
import { test } from "../support/fixtures.ts";
import { PATHS } from "../support/paths.ts";
import type { Stranger } from "../support/stranger.ts";

const SIZES = { phone: { width: 390, height: 844 }, desktop: { width: 1440, height: 900 } } as const;

/** A computer whose devices have names as elsewhere; a camera that plays a file is called by the file's path. */
async function withDevices(context: BrowserContext): Promise<BrowserContext> {
  await context.addInitScript(() => {
    Object.defineProperty(MediaDeviceInfo.prototype, "label", {
      get(this: MediaDeviceInfo) {
        return this.kind === "videoinput" ? "Built-in camera" : "Built-in microphone";
      },
    });
  });
  return context;
}

for (const [size, viewport] of Object.entries(SIZES)) {
  for (const colorScheme of ["light", "dark"] as const) {
    const shoot = (page: Page, screen: string) =>
      page.screenshot({
        path: join(PATHS.screenshots, `${screen}-${size}-${colorScheme}.png`),
        animations: "disabled",
      });

    test(`screens, ${size}, ${colorScheme}`, async ({ computer, profile, stranger, signaling, web }) => {
      test.setTimeout(180_000);
      const look = async (person: Stranger) => {
        await person.page.setViewportSize(viewport);
        await person.page.emulateMedia({ colorScheme });
        return person;
      };
      const ann = await look(
        await stranger(await withDevices(await profile(await computer({ picture: "dawn" })))),
      );
      const bob = await look(
        await stranger(await withDevices(await profile(await computer({ picture: "dusk" })))),
      );
      await expect(ann.button("Start Chatting")).toBeVisible();
      await shoot(ann.page, "home");
      await ann.start();
      await ann.sees("Looking for partner…");
      await shoot(ann.page, "waiting");
      await bob.start();
      await Promise.all([ann.meets(), bob.meets()]);
      await shoot(ann.page, "call");
      await ann.page.getByRole("button", { name: /^Connection: / }).click();
      await shoot(ann.page, "call-quality");
      await ann.press("Settings");
      await shoot(ann.page, "settings");
      await ann.press("Done");
      await bob.press("Stop");
      await ann.sees("Partner left.");
      await shoot(ann.page, "partner-left");

      const denied = await look(await stranger(await profile(undefined, [])));
      await denied.start();
      await expect(denied.alert).toBeVisible();
      await shoot(denied.page, "camera-denied");

      const worried = await look(
        await stranger(await withDevices(await profile(await computer({ picture: "dawn" })))),
      );
      await worried.page.goto(`${web.origin}/check/`);
      await worried.press("Start the check");
      await expect(worried.button("Copy the report")).toBeVisible({ timeout: 45_000 });
      await shoot(worried.page, "check");

      await ann.press("Stop");
      await signaling.stop();
      await ann.start();
      await expect(ann.alert).toBeVisible();
      await shoot(ann.page, "server-unreachable");
    });

    test(`a page that was set up wrongly, ${size}, ${colorScheme}`, async ({ stranger, web }) => {
      const { page, alert } = await stranger();
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme });
      const body = JSON.stringify({ signalingURL: "/", signalingUrl: "signal.example.org" });
      await page.route("**/config.json", (route) => route.fulfill({ body }));
      await page.goto(web.origin);
      await expect(alert).toBeVisible();
      await shoot(page, "set-up-wrongly");
    });
  }
}
