import { describe, expect, it } from "vitest";
import { engineBench, MEDIA_DENIED, MEDIA_GRANTED, MEDIA_HANGS, NO_CAMERA } from "../../src/testing/index.ts";

/** A chat whose question for the devices is open. */
async function asked(options: { readonly camera: boolean }) {
  const bench = engineBench();
  bench.chat.setEnabled("camera", options.camera);
  bench.media.behaviour = MEDIA_HANGS;
  bench.chat.start();
  await bench.settle();
  expect(bench.chat.getSnapshot().status.phase).toBe("requesting-media");
  const answer = async (behaviour = MEDIA_GRANTED) => {
    bench.media.behaviour = behaviour;
    bench.media.answer();
    await bench.settle();
  };
  const live = () =>
    bench.media.tracks
      .filter(({ readyState }) => readyState === "live")
      .map(({ kind, label }) => [kind, label]);
  return { ...bench, answer, live, snapshot: () => bench.chat.getSnapshot() };
}

const LIVE_MICROPHONE = ["audio", "microphone"];
const LIVE_CAMERA = ["video", "camera"];

describe("what is wanted while the browser asks", () => {
  it("[R16] a camera that is turned off meanwhile is not on when both are allowed", async () => {
    const bench = await asked({ camera: true });
    bench.chat.setEnabled("camera", false);
    await bench.answer();
    expect(bench.live()).toEqual([LIVE_MICROPHONE]);
    expect(bench.snapshot()).toMatchObject({
      status: { phase: "searching" },
      camera: { enabled: false, state: "none" },
      problem: undefined,
    });
    expect(bench.snapshot().localStream?.getTracks()).toHaveLength(1);
  });

  it("[R16] a camera that is turned on meanwhile comes, after the microphone that was asked for", async () => {
    const bench = await asked({ camera: false });
    bench.chat.setEnabled("camera", true);
    await bench.answer();
    expect(bench.live()).toEqual([LIVE_MICROPHONE, LIVE_CAMERA]);
    expect(bench.snapshot().camera).toMatchObject({ enabled: true, state: "live" });
    expect(bench.media.wishes).toMatchObject([
      { camera: false, microphone: true },
      { camera: true, microphone: false },
    ]);
  });

  it("[R16] … and where it cannot be had, the page says so", async () => {
    const bench = await asked({ camera: false });
    bench.chat.setEnabled("camera", true);
    await bench.answer(NO_CAMERA);
    expect(bench.snapshot()).toMatchObject({
      camera: { enabled: true, state: "missing" },
      problem: { code: "media-not-found", device: "camera" },
    });
  });

  it("[R16] where the microphone is refused, the camera that is wanted by now is asked for before the chat stops", async () => {
    const bench = await asked({ camera: false });
    bench.chat.setEnabled("camera", true);
    await bench.answer({ ...MEDIA_GRANTED, microphone: "media-denied" });
    expect(bench.live()).toEqual([LIVE_CAMERA]);
    expect(bench.snapshot()).toMatchObject({
      status: { phase: "searching" },
      problem: { code: "media-denied", device: "microphone" },
    });
  });

  it("[R16] where both are refused one after the other, the chat stops once, for both", async () => {
    const bench = await asked({ camera: false });
    bench.chat.setEnabled("camera", true);
    await bench.answer(MEDIA_DENIED);
    expect(bench.snapshot().status).toMatchObject({ phase: "failed", error: { code: "media-denied" } });
    expect(bench.snapshot().status).not.toHaveProperty("error.device");
    expect(bench.held()).toEqual({ sockets: 0, peers: 0, tracks: 0, timers: 0 });
  });

  it("[R16] off and on again is asked for once", async () => {
    const bench = await asked({ camera: true });
    for (const enabled of [false, true, false, true]) bench.chat.setEnabled("camera", enabled);
    await bench.answer();
    expect(bench.live()).toEqual([LIVE_CAMERA, LIVE_MICROPHONE]);
    expect(bench.media.wishes).toHaveLength(1);
  });

  it("[R16] another camera that is chosen meanwhile is the one in use", async () => {
    const bench = await asked({ camera: true });
    bench.chat.selectDevice("camera", "camera-2");
    await bench.answer();
    expect(bench.live()).toEqual([LIVE_MICROPHONE, ["video", "camera-2"]]);
    expect(bench.snapshot().camera.deviceId).toBe("camera-2");
  });

  it("[R16] what the person answers after Stop captures nothing", async () => {
    const bench = await asked({ camera: true });
    bench.chat.setEnabled("camera", false);
    bench.chat.stop();
    bench.chat.setEnabled("camera", true);
    await bench.answer();
    await bench.pass(1_000);
    expect(bench.held().tracks).toBe(0);
  });
});

describe("what is wanted while another camera is asked for", () => {
  it("[R16] a camera that is turned on again in its last half second is there, also after a change to another one", async () => {
    const bench = engineBench();
    bench.chat.start();
    await bench.settle();
    bench.media.behaviour = MEDIA_HANGS;
    bench.media.oneCameraAtATime = true;
    bench.chat.selectDevice("camera", "back");
    await bench.settle();
    // The first one has been given up for it.
    bench.media.behaviour = MEDIA_GRANTED;
    bench.media.answer();
    bench.chat.setEnabled("camera", false);
    await bench.pass(100);
    bench.chat.setEnabled("camera", true);
    await bench.pass(1_000);
    expect(bench.chat.getSnapshot()).toMatchObject({ camera: { state: "live", deviceId: "back" } });
    expect(bench.media.liveTracks()).toBe(2);
  });
});
