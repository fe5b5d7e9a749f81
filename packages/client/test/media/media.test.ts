import { describe, expect, it } from "vitest";
import {
  engineBench,
  MEDIA_DENIED,
  MEDIA_GRANTED,
  MEDIA_HANGS,
  NO_CAMERA,
  NO_DEVICES,
} from "../../src/testing/index.ts";

async function started(behaviour = MEDIA_GRANTED) {
  const bench = engineBench();
  bench.media.behaviour = behaviour;
  bench.chat.start();
  await bench.settle();
  return { ...bench, snapshot: () => bench.chat.getSnapshot() };
}

describe("camera and microphone", () => {
  it("[C55] a refusal of both stops the chat with its error, holds nothing and can be tried again", async () => {
    const bench = await started(MEDIA_DENIED);
    expect(bench.snapshot().status).toMatchObject({
      phase: "failed",
      error: { code: "media-denied", severity: "fatal", action: "try-again" },
    });
    expect(bench.snapshot().status).not.toHaveProperty("error.device");
    expect(bench.held()).toEqual({ sockets: 0, peers: 0, tracks: 0, timers: 0 });
    bench.media.behaviour = MEDIA_GRANTED;
    bench.chat.retry();
    await bench.settle();
    expect(bench.snapshot()).toMatchObject({ status: { phase: "searching" }, problem: undefined });
  });

  it("without any device one still joins, to see and hear", async () => {
    const bench = await started(NO_DEVICES);
    expect(bench.snapshot().status.phase).toBe("failed");
    bench.chat.joinWithout();
    await bench.settle();
    expect(bench.snapshot().status.phase).toBe("searching");
    bench.server.match();
    await bench.settle();
    expect(bench.peers.current()?.options.stream).toBeUndefined();
    expect(bench.snapshot()).toMatchObject({
      status: { phase: "connected" },
      localStream: undefined,
      camera: { state: "missing" },
      microphone: { state: "missing" },
    });
    bench.chat.stop();
    bench.media.behaviour = MEDIA_GRANTED;
    bench.chat.start();
    await bench.settle();
    expect(bench.media.liveTracks()).toBe(2);
  });

  it("one missing device is told, and the chat goes on with the other", async () => {
    const bench = await started(NO_CAMERA);
    expect(bench.snapshot()).toMatchObject({
      status: { phase: "searching" },
      camera: { state: "missing", problem: { code: "media-not-found", severity: "degraded" } },
      microphone: { state: "live", problem: undefined },
      problem: { code: "media-not-found", device: "camera", severity: "degraded" },
    });
    bench.chat.dismissProblem();
    expect(bench.snapshot().problem).toBeUndefined();
  });

  it("a device that is plugged in later joins the running call", async () => {
    const bench = await started(NO_CAMERA);
    bench.server.match();
    await bench.settle();
    bench.media.plugIn("camera");
    await bench.settle();
    expect(bench.snapshot()).toMatchObject({ camera: { state: "live" }, problem: undefined });
    expect(bench.peers.current()?.replaced).toMatchObject([{ kind: "camera", track: expect.anything() }]);
    expect(bench.snapshot().localStream?.getTracks()).toHaveLength(2);
  });

  it("[C6] Stop works at once while the browser's question is open", async () => {
    const bench = await started(MEDIA_HANGS);
    expect(bench.snapshot().status.phase).toBe("requesting-media");
    bench.chat.stop();
    expect(bench.snapshot().status.phase).toBe("idle");
    await bench.settle();
    expect(bench.held()).toEqual({ sockets: 0, peers: 0, tracks: 0, timers: 0 });
  });

  it("[C6] tracks that arrive after Stop are stopped, also from a source that ignores the abort", async () => {
    const bench = engineBench();
    let allow = () => {};
    const { capture } = bench.media;
    bench.media.capture = (wish, signal) =>
      new Promise((resolve) => {
        allow = () => resolve(capture.call(bench.media, wish, new AbortController().signal));
        signal.throwIfAborted();
      });
    bench.chat.start();
    await bench.settle();
    bench.chat.stop();
    allow();
    await bench.settle();
    expect(bench.media.tracks).toHaveLength(2);
    expect(bench.media.liveTracks()).toBe(0);
    expect(bench.chat.getSnapshot().localStream).toBeUndefined();
  });

  it("what is muted stays muted, in this call and the next", async () => {
    const bench = await started();
    bench.chat.setEnabled("microphone", false);
    const enabled = () =>
      bench
        .snapshot()
        .localStream?.getTracks()
        .map((track) => track.enabled);
    expect(enabled()).toEqual([true, false]);
    bench.chat.stop();
    bench.chat.setEnabled("camera", false);
    bench.chat.start();
    await bench.settle();
    expect(enabled()).toEqual([false]);
    expect(bench.snapshot().microphone.enabled).toBe(false);
  });

  it("a camera that is turned off sends black, then is given back so that its light goes out", async () => {
    const bench = await started();
    bench.server.match();
    await bench.settle();
    const [camera] = bench.media.tracks;
    bench.chat.setEnabled("camera", false);
    expect(camera).toMatchObject({ enabled: false, readyState: "live" });
    await bench.pass(500);
    expect(camera?.readyState).toBe("ended");
    expect(bench.snapshot()).toMatchObject({
      camera: { enabled: false, state: "none" },
      microphone: { state: "live" },
      problem: undefined,
    });
    expect(bench.peers.current()?.replaced).toMatchObject([{ kind: "camera", track: undefined }]);
    bench.chat.setEnabled("camera", true);
    await bench.settle();
    expect(bench.snapshot().camera).toMatchObject({ enabled: true, state: "live" });
    expect(bench.peers.current()?.replaced.at(-1)?.track).toBeDefined();
    expect(bench.media.liveTracks()).toBe(2);
  });

  it("a camera that is turned on again at once was never away", async () => {
    const bench = await started();
    for (const enabled of [false, true, false, true]) bench.chat.setEnabled("camera", enabled);
    await bench.pass(1_000);
    expect(bench.media.tracks.map(({ enabled, readyState }) => [enabled, readyState])).toEqual([
      [true, "live"],
      [true, "live"],
    ]);
    expect(bench.media.wishes).toHaveLength(1);
  });

  it("a camera that is off is not asked for, not at the start and not when another one is chosen", async () => {
    const bench = engineBench();
    bench.chat.setEnabled("camera", false);
    bench.chat.start();
    await bench.settle();
    bench.chat.selectDevice("camera", "camera-2");
    await bench.settle();
    expect(bench.media.wishes).toMatchObject([{ camera: false, microphone: true }]);
    bench.chat.setEnabled("camera", true);
    await bench.settle();
    expect(bench.chat.getSnapshot().camera).toMatchObject({ state: "live", deviceId: "camera-2" });
  });

  it("a camera that is turned off while the browser asks for it stays off", async () => {
    const bench = await started(NO_CAMERA);
    bench.media.behaviour = MEDIA_GRANTED;
    bench.chat.setEnabled("camera", true);
    bench.chat.setEnabled("camera", false);
    await bench.settle();
    expect(bench.snapshot()).toMatchObject({ camera: { enabled: false, state: "none" }, problem: undefined });
    expect(bench.media.liveTracks()).toBe(1);
  });

  it("another device goes into the running call, and the one before is given back", async () => {
    const bench = await started();
    bench.server.match();
    await bench.settle();
    const [old] = bench.media.tracks;
    bench.chat.selectDevice("camera", "camera-2");
    await bench.settle();
    expect(old?.readyState).toBe("ended");
    expect(bench.snapshot().camera).toMatchObject({ deviceId: "camera-2", state: "live" });
    expect(bench.peers.current()?.replaced.at(-1)).toMatchObject({ track: { label: "camera-2" } });
    expect(bench.media.liveTracks()).toBe(2);
    expect(bench.snapshot().localStream?.getTracks()).toHaveLength(2);
  });

  it("pressing through several devices ends with the last one and one track", async () => {
    const bench = await started();
    for (const id of ["a", "b", "c", "d"]) bench.chat.selectDevice("camera", id);
    await bench.settle();
    expect(bench.snapshot().camera.deviceId).toBe("d");
    expect(bench.media.liveTracks()).toBe(2);
  });

  it("a device that cannot be had leaves the old one in place, also for the next chat", async () => {
    const bench = await started();
    bench.media.taken = ["busy"];
    bench.chat.selectDevice("camera", "busy");
    await bench.settle();
    expect(bench.snapshot()).toMatchObject({
      camera: { state: "live", deviceId: "camera" },
      problem: { code: "media-in-use", device: "camera" },
    });
    expect(bench.media.liveTracks()).toBe(2);
    expect(bench.snapshot().localStream?.getTracks()).toHaveLength(2);
    bench.chat.stop();
    bench.chat.start();
    await bench.settle();
    expect(bench.snapshot()).toMatchObject({ camera: { state: "live" }, problem: undefined });
  });

  it("a phone's other camera replaces the first one, though it cannot have both", async () => {
    const bench = await started();
    bench.server.match();
    await bench.settle();
    bench.media.oneCameraAtATime = true;
    bench.chat.selectDevice("camera", "back");
    await bench.settle();
    expect(bench.snapshot()).toMatchObject({
      camera: { state: "live", deviceId: "back" },
      problem: undefined,
    });
    expect(bench.peers.current()?.replaced.at(-1)?.track).toMatchObject({ label: "back" });
    expect(bench.media.liveTracks()).toBe(2);
  });

  it("a camera that was given back for another one and cannot be had again is missing, not live", async () => {
    const bench = await started();
    bench.server.match();
    await bench.settle();
    bench.media.taken = ["camera", "back"];
    bench.chat.selectDevice("camera", "back");
    await bench.settle();
    expect(bench.snapshot()).toMatchObject({
      camera: { state: "missing", problem: { code: "media-in-use" } },
      microphone: { state: "live" },
    });
    expect(bench.peers.current()?.replaced.at(-1)).toMatchObject({ kind: "camera", track: undefined });
    expect(bench.media.liveTracks()).toBe(1);
  });

  it("Stop while cameras are exchanged leaves none on", async () => {
    const bench = await started();
    bench.media.oneCameraAtATime = true;
    bench.chat.selectDevice("camera", "back");
    bench.chat.stop();
    await bench.settle();
    expect(bench.media.liveTracks()).toBe(0);
    expect(bench.snapshot().localStream).toBeUndefined();
  });

  it("a device lost in a call is told, the call goes on, and Retry asks for it again", async () => {
    const bench = await started();
    bench.server.match();
    await bench.settle();
    bench.media.tracks[0]?.end();
    expect(bench.snapshot()).toMatchObject({
      status: { phase: "connected" },
      camera: { state: "missing" },
      problem: { code: "media-lost", device: "camera", action: "choose-device" },
    });
    expect(bench.peers.current()?.replaced.at(-1)).toMatchObject({ kind: "camera", track: undefined });
    bench.chat.retry();
    await bench.settle();
    expect(bench.snapshot()).toMatchObject({ camera: { state: "live" }, problem: undefined });
  });

  it("a permission taken back in a call is told as that, not as an unplugged device", async () => {
    const bench = await started();
    bench.server.match();
    await bench.settle();
    bench.media.permissions = "denied";
    bench.media.behaviour = MEDIA_DENIED;
    for (const track of bench.media.tracks) track.end();
    await bench.settle();
    expect(bench.snapshot()).toMatchObject({
      status: { phase: "connected" },
      problem: { code: "media-denied", severity: "degraded", action: "try-again" },
    });
    // Both devices, so it names neither.
    expect(bench.snapshot().problem).not.toHaveProperty("device");
    bench.media.behaviour = MEDIA_GRANTED;
    bench.chat.retry();
    await bench.settle();
    expect(bench.snapshot()).toMatchObject({
      camera: { state: "live" },
      microphone: { state: "live" },
      problem: undefined,
    });
  });

  it("both devices unplugged are one message", async () => {
    const bench = await started();
    for (const track of bench.media.tracks) track.end();
    await bench.settle();
    expect(bench.snapshot().problem).toMatchObject({ code: "media-lost" });
    expect(bench.snapshot().problem).not.toHaveProperty("device");
    bench.media.plugIn("camera");
    await bench.settle();
    expect(bench.snapshot().problem).toMatchObject({ code: "media-lost", device: "microphone" });
  });

  it("who went on without devices can turn them on later, without leaving the call", async () => {
    const bench = await started(NO_DEVICES);
    bench.chat.joinWithout();
    await bench.settle();
    bench.server.match();
    await bench.settle();
    bench.media.behaviour = MEDIA_GRANTED;
    bench.chat.setEnabled("camera", true);
    await bench.settle();
    expect(bench.snapshot()).toMatchObject({
      status: { phase: "connected" },
      camera: { state: "live" },
      microphone: { state: "missing" },
    });
    expect(bench.peers.current()?.replaced).toMatchObject([{ kind: "camera", track: expect.anything() }]);
  });

  it("a device that is asked for again in vain is told again, also after the message was put away", async () => {
    const bench = await started(NO_CAMERA);
    bench.chat.dismissProblem();
    expect(bench.snapshot().problem).toBeUndefined();
    bench.chat.setEnabled("camera", true);
    await bench.settle();
    expect(bench.snapshot().problem).toMatchObject({ code: "media-not-found", device: "camera" });
  });

  it("[R9] tells the partner what is on, and shows what the partner says until the next one", async () => {
    const bench = await started();
    bench.chat.setEnabled("microphone", false);
    bench.server.match();
    await bench.settle();
    const peer = bench.peers.current();
    expect(peer?.told).toEqual([{ camera: true, microphone: false }]);
    bench.chat.setEnabled("microphone", true);
    bench.media.tracks.find(({ kind }) => kind === "video")?.end();
    expect(peer?.told.slice(1)).toEqual([
      { camera: true, microphone: true },
      { camera: false, microphone: true },
    ]);
    expect(bench.snapshot().partner).toEqual({ camera: true, microphone: true });
    peer?.handlers.onPartnerMedia({ camera: false, microphone: false });
    expect(bench.snapshot().partner).toEqual({ camera: false, microphone: false });
    bench.chat.next();
    expect(bench.snapshot().partner).toEqual({ camera: true, microphone: true });
    bench.server.match();
    await bench.settle();
    expect(bench.peers.current()?.told).toEqual([{ camera: false, microphone: true }]);
  });

  it("lists the devices, and again when they change", async () => {
    const bench = await started();
    bench.media.plugIn("microphone");
    await bench.settle();
    expect(bench.snapshot().microphone.devices).toEqual([
      { deviceId: "new-microphone", label: "New microphone" },
    ]);
    expect(bench.media.wishes).toHaveLength(1);
  });
});
