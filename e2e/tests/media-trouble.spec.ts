import { expect, test } from "../support/fixtures.ts";
import { PATHS } from "../support/paths.ts";
import { openStranger } from "../support/stranger.ts";
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
