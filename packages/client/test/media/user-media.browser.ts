import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { commands } from "vitest/browser";
import { userMedia } from "../../src/media/user-media.browser.ts";
import { both, kindsOf, never, type WatchedMedia, watchedMedia } from "./media-page.ts";

let media: WatchedMedia;

beforeEach(async () => {
  await commands.grantMedia(["camera", "microphone"]);
  media = watchedMedia();
});
afterEach(() => media.stop());

const named = (name: string, message = "") => Object.assign(new Error(message), { name });

describe("with both devices allowed", () => {
  test("both come with one request, in a modest format, with echo cancellation", async () => {
    const { stream, problems } = await media.source.capture(both, never);
    expect(kindsOf(stream)).toEqual(["audio", "video"]);
    expect(problems).toEqual({});
    expect(media.asked).toHaveLength(1);
    expect(stream?.getVideoTracks()[0]?.getSettings()).toMatchObject({ width: 640, height: 480 });
    expect(stream?.getAudioTracks()[0]?.getSettings()).toMatchObject({ echoCancellation: true });
  });

  test("only what is wished is asked for, and nothing for nobody", async () => {
    const only = await media.source.capture({ ...both, camera: false }, never);
    expect(kindsOf(only.stream)).toEqual(["audio"]);
    const nothing = await media.source.capture({ ...both, camera: false, microphone: false }, never);
    expect(nothing).toEqual({ stream: undefined, problems: {} });
    expect(media.asked).toHaveLength(1);
  });

  test("a chosen camera is used; one that is gone is replaced without a word", async () => {
    const { camera } = await media.source.devices();
    const cameraId = camera[0]?.deviceId;
    const chosen = await media.source.capture({ ...both, cameraId }, never);
    expect(chosen.stream?.getVideoTracks()[0]?.getSettings().deviceId).toBe(cameraId);
    const gone = await media.source.capture({ ...both, cameraId: "unplugged", microphoneId: "too" }, never);
    expect(kindsOf(gone.stream)).toEqual(["audio", "video"]);
    expect(gone.problems).toEqual({});
    expect(media.asked).toHaveLength(3);
  });

  test("devices have ids and names", async () => {
    const devices = await media.source.devices();
    for (const list of [devices.camera, devices.microphone]) {
      expect(list.length).toBeGreaterThan(0);
      expect(list.every(({ deviceId, label }) => deviceId !== "" && label !== "")).toBe(true);
    }
  });

  test("[C8] a change of devices is told until the subscription is undone", () => {
    let changes = 0;
    const undo = userMedia().onDevicesChanged(() => {
      changes += 1;
    });
    navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
    expect(changes).toBe(1);
    undo();
    undo();
    navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
    expect(changes).toBe(1);
  });
});

describe("[C6] a capture that nobody waits for any more", () => {
  test("aborted before: nothing is asked", async () => {
    await expect(media.source.capture(both, AbortSignal.abort())).resolves.toEqual({
      stream: undefined,
      problems: {},
    });
    expect(media.asked).toEqual([]);
  });

  test("aborted while the browser asks: answers at once, and stops what comes late", async () => {
    const abort = new AbortController();
    const capturing = media.source.capture(both, abort.signal);
    abort.abort();
    await expect(capturing).resolves.toEqual({ stream: undefined, problems: {} });
    expect(media.tracks).toEqual([]);
    await expect.poll(() => media.tracks.map(({ readyState }) => readyState)).toEqual(["ended", "ended"]);
    expect(media.asked).toHaveLength(1);
  });

  test("aborted between two devices: the first one is given back", async () => {
    const abort = new AbortController();
    media = watchedMedia(({ audio, video }) => {
      if (audio && video) throw named("NotReadableError");
      if (audio) abort.abort();
    });
    await expect(media.source.capture(both, abort.signal)).resolves.toMatchObject({ stream: undefined });
    await expect.poll(() => media.tracks.map(({ readyState }) => readyState)).toEqual(["ended", "ended"]);
  });
});

describe("[C55] with devices that cannot be had", () => {
  test("both denied: each says so", async () => {
    await commands.grantMedia([]);
    const { stream, problems } = await media.source.capture(both, never);
    expect(stream).toBeUndefined();
    expect(problems).toMatchObject({
      camera: { code: "media-denied", action: "try-again", device: "camera" },
      microphone: { code: "media-denied", action: "try-again", device: "microphone" },
    });
  });

  for (const [allowed, denied, kind] of [
    ["microphone", "camera", "audio"],
    ["camera", "microphone", "video"],
  ] as const) {
    test(`only the ${denied} denied: the ${allowed} comes alone`, async () => {
      await commands.grantMedia([allowed]);
      const { stream, problems } = await media.source.capture(both, never);
      expect(kindsOf(stream)).toEqual([kind]);
      expect(problems).toMatchObject({ [denied]: { code: "media-denied", device: denied } });
      expect(problems[allowed]).toBeUndefined();
    });
  }

  test("the camera is in use: the microphone comes alone", async () => {
    media = watchedMedia(({ video }) => {
      if (video) throw named("NotReadableError");
    });
    const { stream, problems } = await media.source.capture(both, never);
    expect(kindsOf(stream)).toEqual(["audio"]);
    expect(problems).toMatchObject({ camera: { code: "media-in-use" } });
  });

  test("both work alone but not together: both come", async () => {
    media = watchedMedia(({ audio, video }) => {
      if (audio && video) throw named("AbortError");
    });
    const { stream, problems } = await media.source.capture(both, never);
    expect(kindsOf(stream)).toEqual(["audio", "video"]);
    expect(problems).toEqual({});
  });

  test("a closed prompt is not followed by two more", async () => {
    const asked: MediaStreamConstraints[] = [];
    const source = userMedia({
      isSecureContext: true,
      document,
      navigator: {
        permissions: { query: async () => ({ state: "prompt" }) } as unknown as Permissions,
        mediaDevices: {
          enumerateDevices: async () => [],
          getUserMedia: async (constraints: MediaStreamConstraints) => {
            asked.push(constraints);
            throw named("NotAllowedError", "Permission dismissed");
          },
        } as unknown as MediaDevices,
      },
    });
    const { problems } = await source.capture(both, never);
    expect(problems).toMatchObject({
      camera: { code: "media-dismissed" },
      microphone: { code: "media-dismissed" },
    });
    expect(asked).toHaveLength(1);
  });

  test("a page without capture: every action answers", async () => {
    const source = userMedia({ isSecureContext: false, document, navigator: {} });
    const { stream, problems } = await source.capture(both, never);
    expect(stream).toBeUndefined();
    expect(problems).toMatchObject({
      camera: { code: "media-insecure" },
      microphone: { code: "media-insecure" },
    });
    await expect(source.devices()).resolves.toEqual({ camera: [], microphone: [] });
    source.onDevicesChanged(() => {})();
  });
});
