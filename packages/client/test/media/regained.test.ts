import { describe, expect, it } from "vitest";
import { engineBench, MEDIA_DENIED, MEDIA_GRANTED, NO_CAMERA } from "../../src/testing/index.ts";

async function started(behaviour = MEDIA_GRANTED) {
  const bench = engineBench();
  bench.media.behaviour = behaviour;
  bench.chat.start();
  await bench.settle();
  return { ...bench, snapshot: () => bench.chat.getSnapshot() };
}

const NO_CAMERA_ALLOWED = { ...MEDIA_GRANTED, camera: "media-denied" } as const;

describe("permission that is given again in the browser's bar", () => {
  it("[R16] [C55] brings the device into the chat that runs", async () => {
    const bench = await started(NO_CAMERA_ALLOWED);
    bench.server.match();
    await bench.settle();
    expect(bench.snapshot()).toMatchObject({
      camera: { state: "missing" },
      problem: { code: "media-denied" },
    });
    bench.media.permit("denied");
    await bench.settle();
    expect(bench.media.wishes).toHaveLength(1);
    bench.media.behaviour = MEDIA_GRANTED;
    bench.media.permit("granted");
    await bench.settle();
    expect(bench.snapshot()).toMatchObject({ camera: { state: "live" }, problem: undefined });
    expect(bench.peers.current()?.replaced).toMatchObject([{ kind: "camera", track: expect.anything() }]);
  });

  it("[R16] … also one that was taken back in the call", async () => {
    const bench = await started();
    bench.media.permissions = "denied";
    for (const track of bench.media.tracks) track.end();
    await bench.settle();
    expect(bench.snapshot().problem).toMatchObject({ code: "media-denied" });
    bench.media.permit("granted");
    await bench.settle();
    expect(bench.snapshot()).toMatchObject({
      camera: { state: "live" },
      microphone: { state: "live" },
      problem: undefined,
    });
  });

  it("[R16] a camera that is off, or that the person went on without, stays so", async () => {
    const bench = await started(MEDIA_DENIED);
    bench.chat.joinWithout();
    await bench.settle();
    bench.media.behaviour = MEDIA_GRANTED;
    bench.media.permit("granted");
    await bench.settle();
    expect(bench.media.liveTracks()).toBe(0);
    bench.chat.stop();
    bench.media.behaviour = NO_CAMERA_ALLOWED;
    bench.chat.start();
    await bench.settle();
    bench.chat.setEnabled("camera", false);
    bench.media.behaviour = MEDIA_GRANTED;
    bench.media.permit("granted");
    await bench.settle();
    expect(bench.media.liveTracks()).toBe(1);
  });

  it("[R16] [C55] where the chat had stopped the page says that it can go on, and captures nothing before a press", async () => {
    const bench = await started(MEDIA_DENIED);
    expect(bench.snapshot().problem).toMatchObject({ code: "media-denied" });
    bench.media.permit("prompt");
    await bench.settle();
    expect(bench.snapshot().problem).toMatchObject({ code: "media-denied" });
    bench.media.behaviour = MEDIA_GRANTED;
    bench.media.permit("granted");
    await bench.settle();
    expect(bench.snapshot()).toMatchObject({
      status: { phase: "failed", error: { code: "media-allowed", action: "try-again" } },
      problem: { code: "media-allowed" },
    });
    expect(bench.media.wishes).toHaveLength(1);
    bench.chat.retry();
    await bench.settle();
    expect(bench.snapshot()).toMatchObject({ status: { phase: "searching" }, problem: undefined });
  });

  it("[R16] a browser that does not tell is asked when the page is seen again", async () => {
    const bench = await started(MEDIA_DENIED);
    bench.media.permissions = "denied";
    bench.media.show(false);
    bench.media.show(true);
    await bench.settle();
    expect(bench.snapshot().problem).toMatchObject({ code: "media-denied" });
    bench.media.show(false);
    bench.media.permissions = "granted";
    bench.media.show(true);
    await bench.settle();
    expect(bench.snapshot().problem).toMatchObject({ code: "media-allowed" });
  });

  it.each(["media-in-use", "media-denied-by-policy", "media-denied-by-system"] as const)(
    "[R16] does not mend %s, in a chat that has stopped or that runs",
    async (code) => {
      const stopped = await started({ ...MEDIA_DENIED, camera: code, microphone: code });
      const running = await started({ ...MEDIA_GRANTED, camera: code });
      for (const { media, settle } of [stopped, running]) {
        media.permit("granted");
        media.show(false);
        media.show(true);
        await settle();
        expect(media.wishes).toHaveLength(1);
      }
      expect(stopped.snapshot().problem).toMatchObject({ code });
      expect(running.snapshot().problem).toMatchObject({ code, device: "camera" });
    },
  );

  it("[R16] is not listened for after Stop", async () => {
    const bench = await started(MEDIA_DENIED);
    expect(bench.media.listeners()).toBeGreaterThan(0);
    bench.chat.stop();
    await bench.settle();
    expect(bench.media.listeners()).toBe(1);
    bench.chat.dispose();
    expect(bench.media.listeners()).toBe(0);
  });
});

describe("a device that is lost", () => {
  it("[R16] is looked for in the list at once, where the list had changed before", async () => {
    const bench = await started();
    bench.media.plugIn("camera");
    await bench.settle();
    bench.media.tracks[0]?.end();
    expect(bench.snapshot().camera.state).toBe("missing");
    await bench.settle();
    expect(bench.snapshot()).toMatchObject({ camera: { state: "live" }, problem: undefined });
    expect(bench.media.wishes).toHaveLength(2);
  });

  it("[R16] says that it was disconnected, also where the list still had it and the try was in vain", async () => {
    const bench = await started();
    bench.media.plugIn("camera");
    await bench.settle();
    bench.media.behaviour = { ...MEDIA_GRANTED, camera: "media-not-found" };
    bench.media.tracks[0]?.end();
    await bench.settle();
    expect(bench.snapshot().problem).toMatchObject({ code: "media-lost", device: "camera" });
    expect(bench.media.wishes).toHaveLength(2);
  });

  it("[R16] again and again, as with a loose plug, is captured three times a minute by itself", async () => {
    const bench = await started();
    for (let seconds = 0; seconds < 12; seconds += 1) {
      bench.media.tracks.findLast(({ kind }) => kind === "video")?.end();
      await bench.settle();
      bench.media.plugIn("camera");
      await bench.pass(1_000);
    }
    expect(bench.media.wishes).toHaveLength(1 + 3);
    await bench.pass(60_000);
    bench.media.plugIn("camera");
    await bench.settle();
    expect(bench.snapshot().camera.state).toBe("live");
  });

  it.each(["media-lost", "media-not-found"] as const)(
    "[R16] and plugged in while nobody sees the page, is captured once it is seen (%s)",
    async (code) => {
      const bench = await started(code === "media-lost" ? MEDIA_GRANTED : NO_CAMERA);
      bench.media.choices = { ...bench.media.choices, camera: [] };
      if (code === "media-lost") bench.media.tracks[0]?.end();
      await bench.settle();
      expect(bench.snapshot().camera).toMatchObject({ state: "missing", problem: { code } });
      bench.media.show(false);
      bench.media.plugIn("camera");
      await bench.settle();
      expect(bench.media.wishes).toHaveLength(1);
      bench.media.show(true);
      await bench.settle();
      expect(bench.snapshot().camera.state).toBe("live");
    },
  );

  it("[R16] is not asked for where that would open a question", async () => {
    const bench = await started();
    bench.media.plugIn("camera");
    bench.media.permissions = "prompt";
    await bench.settle();
    bench.media.tracks[0]?.end();
    await bench.settle();
    expect(bench.snapshot().problem).toMatchObject({ code: "media-denied", device: "camera" });
    expect(bench.media.wishes).toHaveLength(1);
  });
});
