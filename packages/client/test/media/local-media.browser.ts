import { steadyClock } from "@serendip/time";
import { expect, onTestFinished, test, vi } from "vitest";
import { commands } from "vitest/browser";
import { createLocalMedia, type LocalMedia } from "../../src/media/local-media.ts";
import { userMedia } from "../../src/media/user-media.browser.ts";

const WAIT = { timeout: 10_000, interval: 50 };

/** Camera and microphone of this browser, in use. */
async function inUse(): Promise<LocalMedia & { readonly errors: readonly string[] }> {
  const errors: string[] = [];
  const media = createLocalMedia({
    clock: steadyClock(),
    source: userMedia(),
    onChange: () => {},
    onTrack: () => {},
    onAllowed: () => {},
    onError: (code) => errors.push(code),
  });
  onTestFinished(async () => {
    media.release();
    media.forgetProblems();
    await commands.grantMedia(["camera", "microphone"]);
  });
  await commands.grantMedia(["camera", "microphone"]);
  await new Promise((resolve) => media.capture(resolve));
  expect(media.liveTracks()).toBe(2);
  return { ...media, errors };
}

const trackOf = (media: LocalMedia) => media.stream()?.getVideoTracks()[0] ?? expect.fail("no camera");

test("[R16] a real track that the system mutes is told, and goes on with its unmute", async () => {
  const media = await inUse();
  trackOf(media).dispatchEvent(new Event("mute"));
  expect(media.device("camera").state).toBe("live");
  await vi.waitFor(() => expect(media.device("camera").state).toBe("paused"), WAIT);
  expect(media.word()).toEqual({ camera: false, microphone: true, cameraPaused: true });
  expect(media.problems()).toMatchObject([{ code: "media-muted-by-system", device: "camera" }]);
  trackOf(media).dispatchEvent(new Event("unmute"));
  expect(media.device("camera").state).toBe("live");
  expect(media.problems()).toEqual([]);
});

test("[R16] a permission that is taken back and given again in the browser's bar: the camera is back without a press", async () => {
  const media = await inUse();
  await commands.grantMedia(["microphone"]);
  await vi.waitFor(
    () => expect(media.problems()).toMatchObject([{ code: "media-denied", device: "camera" }]),
    WAIT,
  );
  await commands.grantMedia(["camera", "microphone"]);
  await vi.waitFor(
    () => expect(media.device("camera")).toMatchObject({ state: "live", problem: undefined }),
    WAIT,
  );
  await vi.waitFor(() => expect(media.device("microphone").state).toBe("live"), WAIT);
  expect(media.liveTracks()).toBe(2);
  expect(media.errors).not.toContain("fault");
});

test("[R16] a camera that is turned off before the browser has answered has no track when it has", async () => {
  const media = await inUse();
  const over = new Promise((resolve) => media.capture(resolve));
  media.setEnabled("camera", false);
  await over;
  expect(media.stream()?.getVideoTracks()).toEqual([]);
  expect(media.liveTracks()).toBe(1);
  media.setEnabled("camera", true);
  await vi.waitFor(() => expect(media.device("camera").state).toBe("live"), WAIT);
});

test("the camera that looks away is asked for, and whatever camera there is comes", async () => {
  const media = await inUse();
  const before = trackOf(media);
  media.switchCamera();
  await vi.waitFor(() => expect(before.readyState).toBe("ended"), WAIT);
  expect(media.device("camera")).toMatchObject({ state: "live", problem: undefined });
  expect(trackOf(media).readyState).toBe("live");
});
