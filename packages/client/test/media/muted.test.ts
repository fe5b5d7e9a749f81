import { describe, expect, it } from "vitest";
import { engineBench } from "../../src/testing/index.ts";

async function inCall() {
  const bench = engineBench();
  bench.chat.start();
  await bench.settle();
  bench.server.match();
  await bench.settle();
  const newest = (kind: "video" | "audio") =>
    bench.media.tracks.findLast((track) => track.kind === kind) ?? expect.fail("nothing was captured");
  return {
    ...bench,
    camera: () => newest("video"),
    microphone: () => newest("audio"),
    snapshot: () => bench.chat.getSnapshot(),
    told: () => bench.peers.current()?.told ?? [],
    /** Captures after the first one. */
    captures: () => bench.media.wishes.length - 1,
  };
}

type Bench = Awaited<ReturnType<typeof inCall>>;

const BOTH_ON = { camera: true, microphone: true };

describe("a device that the system mutes", () => {
  it("[R9] [R16] is told on both sides after a second, and goes on by itself", async () => {
    const bench = await inCall();
    bench.camera().mute(true);
    await bench.pass(900);
    expect(bench.snapshot()).toMatchObject({ camera: { state: "live" }, problem: undefined });
    await bench.pass(100);
    expect(bench.snapshot()).toMatchObject({
      status: { phase: "connected" },
      camera: { enabled: true, state: "paused" },
      microphone: { state: "live" },
      problem: { code: "media-muted-by-system", severity: "degraded", device: "camera" },
    });
    expect(bench.told().at(-1)).toEqual({ camera: false, microphone: true, cameraPaused: true });
    bench.camera().mute(false);
    expect(bench.snapshot()).toMatchObject({ camera: { state: "live" }, problem: undefined });
    expect(bench.told().at(-1)).toEqual(BOTH_ON);
    expect(bench.captures()).toBe(0);
  });

  it("[R16] both devices are one message", async () => {
    const bench = await inCall();
    for (const track of bench.media.tracks) track.mute(true);
    await bench.pass(1_000);
    expect(bench.snapshot().problem).toMatchObject({ code: "media-muted-by-system" });
    expect(bench.snapshot().problem).not.toHaveProperty("device");
    expect(bench.told().at(-1)).toEqual({
      camera: false,
      microphone: false,
      cameraPaused: true,
      microphonePaused: true,
    });
  });

  it("[R16] short mutes are nobody's concern, however many", async () => {
    const bench = await inCall();
    const before = bench.snapshot();
    for (let time = 0; time < 20; time += 1) {
      bench.camera().mute(true);
      await bench.pass(900);
      bench.camera().mute(false);
      await bench.pass(100);
    }
    expect(bench.snapshot()).toMatchObject({ camera: before.camera, problem: undefined });
    expect(bench.told()).toEqual([BOTH_ON]);
  });

  it("[R16] what the person has turned off is not told as muted, and what is turned on is", async () => {
    const bench = await inCall();
    bench.chat.setEnabled("microphone", false);
    bench.microphone().mute(true);
    await bench.pass(2_000);
    expect(bench.snapshot()).toMatchObject({ microphone: { state: "live" }, problem: undefined });
    expect(bench.told().at(-1)).toEqual({ camera: true, microphone: false });
    bench.chat.setEnabled("microphone", true);
    expect(bench.snapshot().problem).toMatchObject({ code: "media-muted-by-system", device: "microphone" });
  });

  it("[R16] a press on Try again captures it anew, into the running call", async () => {
    const bench = await inCall();
    const before = bench.camera();
    before.mute(true);
    await bench.pass(1_000);
    bench.chat.retry();
    await bench.settle();
    expect(before.readyState).toBe("ended");
    expect(bench.snapshot()).toMatchObject({ camera: { state: "live" }, problem: undefined });
    expect(bench.peers.current()?.replaced.at(-1)).toMatchObject({ kind: "camera", track: bench.camera() });
    expect(bench.told().at(-1)).toEqual(BOTH_ON);
    expect(bench.media.liveTracks()).toBe(2);
  });

  it("[R16] a track that begins muted is told as well", async () => {
    const bench = engineBench();
    bench.media.mutesNew = true;
    bench.chat.start();
    await bench.pass(1_000);
    expect(bench.chat.getSnapshot().problem).toMatchObject({ code: "media-muted-by-system" });
    bench.chat.stop();
    await bench.settle();
    expect(bench.chat.getSnapshot().problem).toBeUndefined();
    expect(bench.held().timers).toBe(0);
    bench.chat.dispose();
    expect(bench.media.listeners()).toBe(0);
  });
});

/** A phone call: the device goes, the page goes, both may come back. */
async function phoneCall(bench: Bench, kind: "camera" | "microphone" = "camera"): Promise<void> {
  bench[kind]().mute(true);
  await bench.pass(2_000);
  bench.media.show(false);
  await bench.pass(60_000);
}

describe("an interruption that takes the page along", () => {
  it("[R16] what is given back in time is not captured anew", async () => {
    const bench = await inCall();
    await phoneCall(bench);
    bench.media.show(true);
    await bench.pass(1_500);
    bench.camera().mute(false);
    await bench.pass(10_000);
    expect(bench.captures()).toBe(0);
    expect(bench.snapshot().camera.state).toBe("live");
  });

  it("[R16] what stays muted is captured anew, two seconds after the page is back", async () => {
    const bench = await inCall();
    await phoneCall(bench);
    expect(bench.captures()).toBe(0);
    bench.media.show(true);
    await bench.pass(1_900);
    expect(bench.captures()).toBe(0);
    await bench.pass(100);
    expect(bench.captures()).toBe(1);
    expect(bench.snapshot()).toMatchObject({ camera: { state: "live" }, problem: undefined });
    expect(bench.told().at(-1)).toEqual(BOTH_ON);
  });

  it("[R16] a new track that is muted as well is not asked for again before the next interruption", async () => {
    const bench = await inCall();
    await phoneCall(bench);
    bench.media.mutesNew = true;
    bench.media.show(true);
    await bench.pass(60_000);
    expect(bench.captures()).toBe(1);
    expect(bench.snapshot().problem).toMatchObject({ code: "media-muted-by-system" });
  });

  it("[R16] a capture that fails leaves the track that may come back, and says nothing else", async () => {
    const bench = await inCall();
    await phoneCall(bench);
    bench.media.taken = ["camera"];
    bench.media.show(true);
    await bench.pass(10_000);
    expect(bench.snapshot()).toMatchObject({
      camera: { state: "paused" },
      problem: { code: "media-muted-by-system", device: "camera" },
    });
    bench.camera().mute(false);
    expect(bench.snapshot()).toMatchObject({ camera: { state: "live" }, problem: undefined });
  });

  it("[R16] a track that ended is captured anew when the page is back", async () => {
    const bench = await inCall();
    bench.media.choices = { camera: [{ deviceId: "camera", label: "Camera" }], microphone: [] };
    bench.media.show(false);
    bench.camera().end();
    await bench.pass(30_000);
    expect(bench.captures()).toBe(0);
    expect(bench.snapshot().problem).toMatchObject({ code: "media-lost" });
    bench.media.show(true);
    await bench.settle();
    expect(bench.snapshot()).toMatchObject({ camera: { state: "live" }, problem: undefined });
  });

  it("[R16] a microphone that comes back is captured anew: some are silent", async () => {
    const bench = await inCall();
    await phoneCall(bench, "microphone");
    bench.media.show(true);
    bench.microphone().mute(false);
    await bench.pass(2_000);
    expect(bench.captures()).toBe(1);
    expect(bench.peers.current()?.replaced.at(-1)).toMatchObject({ kind: "microphone" });
    expect(bench.snapshot()).toMatchObject({ microphone: { state: "live" }, problem: undefined });
  });

  it("[R16] a page tries three times in a minute by itself, and a press counts always", async () => {
    const bench = await inCall();
    bench.media.choices = { camera: [{ deviceId: "camera", label: "Camera" }], microphone: [] };
    for (let time = 0; time < 10; time += 1) {
      bench.camera().end();
      await bench.pass(1_000);
    }
    expect(bench.captures()).toBe(3);
    expect(bench.snapshot().problem).toMatchObject({ code: "media-lost", device: "camera" });
    bench.chat.retry();
    await bench.settle();
    expect(bench.snapshot()).toMatchObject({ camera: { state: "live" }, problem: undefined });
  });
});

describe("a mute that may be the person's own", () => {
  it("[R16] is never lifted by a capture without a press", async () => {
    const bench = await inCall();
    bench.camera().mute(true);
    await bench.pass(30_000);
    bench.media.show(false);
    await bench.pass(30_000);
    bench.media.show(true);
    await bench.pass(60_000);
    expect(bench.captures()).toBe(0);
    expect(bench.snapshot().camera.state).toBe("paused");
  });
});
