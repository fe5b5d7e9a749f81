import { type BrowserContext, devices } from "@playwright/test";
import { expect, test } from "../support/fixtures.ts";
import { PATHS } from "../support/paths.ts";
import { openStranger, type Stranger } from "../support/stranger.ts";
import { webServer } from "../support/web.ts";

test("[C55] camera and microphone denied: four concrete ways to mend it, and a way on", async ({
  profile,
  stranger,
}) => {
  const ann = await stranger(await profile(undefined, []));
  const bob = await stranger();
  await ann.start();
  await expect(ann.alert).toContainText(/blocked/i);
  for (const advice of [
    /address bar/i,
    /site settings|permissions/i,
    /other app|another app/i,
    /(another|different) browser/i,
  ]) {
    await expect(ann.page.getByRole("main")).toContainText(advice);
  }
  await ann.press("Continue without camera and microphone");
  await bob.start();
  await Promise.all([ann.sees("Connected"), bob.sees("Connected")]);
  await expect.poll(async () => (await ann.inbound()).framesDecoded).toBeGreaterThan(5);
});

test("[C55] permission given after it was denied: Try again starts the chat", async ({
  profile,
  stranger,
}) => {
  const context = await profile(undefined, []);
  const ann = await stranger(context);
  await ann.start();
  await expect(ann.alert).toBeVisible();
  await context.grantPermissions(["camera", "microphone"]);
  await ann.press("Try again");
  await ann.sees("Looking for partner…");
  await expect(ann.alert).toBeHidden();
});

test("[R16] permission given in the address bar: the page says that it can go on, and a press does", async ({
  profile,
  stranger,
}) => {
  const context = await profile(undefined, []);
  const ann = await stranger(context);
  await ann.start();
  await expect(ann.alert).toContainText(/blocked/i);
  await context.grantPermissions(["camera", "microphone"]);
  await expect(ann.alert).toContainText("You can go on now");
  expect((await ann.held()).tracks).toBe(0);
  await ann.press("Try again");
  await ann.sees("Looking for partner…");
});

test("[R16] a camera that is allowed in the address bar joins the running call without a press", async ({
  profile,
  stranger,
}) => {
  const context = await profile(undefined, ["microphone"]);
  const ann = await stranger(context);
  const bob = await stranger();
  await Promise.all([ann.start(), bob.start()]);
  await Promise.all([ann.sees("Connected"), bob.sees("Connected")]);
  await expect(ann.alert).toContainText(/camera/i);
  await expect(bob.page.getByRole("main").getByText("Your partner's camera is off")).toBeVisible();
  await context.grantPermissions(["camera", "microphone"]);
  await expect(ann.alert).toBeHidden();
  await expect(bob.page.getByRole("main").getByText("Your partner's camera is off")).toBeHidden();
  await expect.poll(async () => (await bob.inbound()).framesDecoded).toBeGreaterThan(5);
});

/** The browser's question stays open until the answer is let through. */
async function holdQuestion(
  context: BrowserContext,
): Promise<{ answer: (page: Stranger["page"]) => Promise<void> }> {
  await context.addInitScript(() => {
    const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    const answered = new Promise((resolve) => window.addEventListener("answer", resolve));
    navigator.mediaDevices.getUserMedia = async (constraints) => {
      await answered;
      return real(constraints);
    };
  });
  return { answer: (page) => page.evaluate(() => void window.dispatchEvent(new Event("answer"))) };
}

const liveKinds = ({ page }: Stranger) =>
  page.evaluate(() =>
    window.probe.tracks
      .filter(({ readyState }) => readyState === "live")
      .map(({ kind }) => kind)
      .toSorted(),
  );

test("[R16] the camera turned off while the browser asks is not on afterwards; turned on, it is", async ({
  profile,
  stranger,
}) => {
  const context = await profile();
  const question = await holdQuestion(context);
  const ann = await stranger(context);
  const bob = await stranger(context);
  await ann.start();
  await ann.press("Turn off camera");
  await bob.press("Turn off camera");
  await bob.start();
  await bob.press("Turn on camera");
  await Promise.all([ann, bob].map(({ page }) => question.answer(page)));
  await Promise.all([ann.sees("Connected"), bob.sees("Connected")]);
  await expect.poll(() => liveKinds(ann)).toEqual(["audio"]);
  await expect.poll(() => liveKinds(bob)).toEqual(["audio", "video"]);
  await expect(ann.page.getByText("Camera is off")).toBeVisible();
});

test("[R9] [R16] a camera that the system mutes is told on both sides, and goes on by itself", async ({
  stranger,
}) => {
  const ann = await stranger();
  const bob = await stranger();
  await Promise.all([ann.start(), bob.start()]);
  await Promise.all([ann.meets(), bob.meets()]);
  const tell = (event: string) =>
    ann.page.evaluate((name) => {
      for (const track of window.probe.tracks)
        if (track.kind === "video") track.dispatchEvent(new Event(name));
    }, event);
  await tell("mute");
  await expect(ann.alert).toContainText("Your camera is paused by your device");
  await expect(
    bob.page.getByRole("main").getByText("Your partner's camera is paused by their device"),
  ).toBeVisible();
  await tell("unmute");
  await expect(ann.alert).toBeHidden();
  await expect(
    bob.page.getByRole("main").getByText("Your partner's camera is paused by their device"),
  ).toBeHidden();
});

test("a partner's picture that the system pauses goes on by itself", async ({ stranger }) => {
  const ann = await stranger();
  const bob = await stranger();
  await Promise.all([ann.start(), bob.start()]);
  await Promise.all([ann.meets(), bob.meets()]);
  const picture = bob.page.getByLabel("Partner's video", { exact: true });
  const time = () => picture.evaluate((video: HTMLVideoElement) => video.currentTime);
  await picture.evaluate((video: HTMLVideoElement) => video.pause());
  await expect.poll(() => picture.evaluate((video: HTMLVideoElement) => video.paused)).toBe(false);
  const then = await time();
  await expect.poll(time).toBeGreaterThan(then);
  await expect(bob.button("Turn on sound")).toBeHidden();
});

/** A phone with front and back cameras. Chromium's fake ones look nowhere, and the second one's format cannot be sent. */
async function withPhoneCameras(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const { mediaDevices } = navigator;
    const real = mediaDevices.getUserMedia.bind(mediaDevices);
    const label = Object.getOwnPropertyDescriptor(MediaDeviceInfo.prototype, "label")?.get;
    Object.defineProperty(MediaDeviceInfo.prototype, "label", {
      get(this: MediaDeviceInfo) {
        const name = String(label?.call(this));
        if (this.kind !== "videoinput") return name;
        return name.endsWith("3") ? "camera2 0, facing back" : "camera2 1, facing front";
      },
    });
    mediaDevices.getUserMedia = async (constraints = {}) => {
      const { video } = constraints;
      if (typeof video !== "object" || video.facingMode !== "environment") return real(constraints);
      const cameras = (await mediaDevices.enumerateDevices()).filter(({ kind }) => kind === "videoinput");
      const { facingMode: _, ...wish } = video;
      return real({
        ...constraints,
        video: { ...wish, deviceId: { exact: cameras.at(-1)?.deviceId ?? "" } },
      });
    };
  });
}

test("on a phone the camera is switched in the call: the back one is not mirrored, and one is on at a time", async ({
  computer,
  stranger,
}) => {
  const browser = await computer({ args: ["--use-fake-device-for-media-stream=device-count=4"] });
  const { viewport, hasTouch, isMobile } = devices["Pixel 7"];
  const phone = await browser.newContext({
    viewport,
    hasTouch,
    isMobile,
    permissions: ["camera", "microphone"],
  });
  await withPhoneCameras(phone);
  const ann = await stranger(phone);
  const bob = await stranger();
  await Promise.all([ann.start(), bob.start()]);
  await Promise.all([ann.meets(), bob.meets()]);
  const own = ann.page.getByLabel("Your video", { exact: true });
  await expect(own).toHaveCSS("transform", "matrix(-1, 0, 0, 1, 0, 0)");
  await ann.button("Switch camera").tap();
  await expect(own).toHaveCSS("transform", "none");
  await expect.poll(() => liveKinds(ann)).toEqual(["audio", "video"]);
  await bob.meets();
  await ann.button("Switch camera").tap();
  await expect(own).toHaveCSS("transform", "matrix(-1, 0, 0, 1, 0, 0)");
  await expect.poll(() => liveKinds(ann)).toEqual(["audio", "video"]);
  await phone.close();
});

test("[C55] only the camera denied: one joins with the microphone, and is told", async ({
  profile,
  stranger,
}) => {
  const ann = await stranger(await profile(undefined, ["microphone"]));
  const bob = await stranger();
  await ann.start();
  await bob.start();
  await Promise.all([ann.sees("Connected"), bob.sees("Connected")]);
  await expect(ann.alert).toContainText(/camera/i);
  await expect.poll(async () => (await ann.inbound()).framesDecoded).toBeGreaterThan(5);
  await expect.poll(async () => (await bob.inbound()).audioEnergy).toBeGreaterThan(0);
});

test("[C55] only the microphone denied: one joins with the camera, and is told", async ({
  profile,
  stranger,
}) => {
  const ann = await stranger(await profile(undefined, ["camera"]));
  const bob = await stranger();
  await ann.start();
  await bob.start();
  await Promise.all([ann.sees("Connected"), bob.sees("Connected")]);
  await expect(ann.alert).toContainText(/microphone/i);
  await expect.poll(async () => (await bob.inbound()).framesDecoded).toBeGreaterThan(5);
  await expect.poll(async () => (await ann.inbound()).audioEnergy).toBeGreaterThan(0);
});

test("[C55] no camera in the computer: one joins with the microphone, and is told", async ({
  computer,
  profile,
  stranger,
}) => {
  const ann = await stranger(await profile(await computer({ camera: "none" })));
  const bob = await stranger();
  await ann.start();
  await expect(ann.alert).toContainText("No camera was found");
  await bob.start();
  await Promise.all([ann.sees("Connected"), bob.sees("Connected")]);
  await expect.poll(async () => (await ann.inbound()).framesDecoded).toBeGreaterThan(5);
  await expect.poll(async () => (await bob.inbound()).audioEnergy).toBeGreaterThan(0);
  await ann.press("Continue without camera");
  await expect(ann.alert).toBeHidden();
});

test("[C55] a page that is not secure says so instead of failing without a word", async ({
  computer,
  signaling,
}) => {
  const browser = await computer({ args: ["--host-resolver-rules=MAP insecure.test 127.0.0.1"] });
  const web = await webServer(PATHS.web);
  web.pointAt(signaling.url);
  const context = await browser.newContext();
  const ann = await openStranger(context, web.origin.replace("localhost", "insecure.test"));
  await ann.start();
  await expect(ann.alert).toContainText(/secure/i);
  await context.close();
  await web.stop();
});
