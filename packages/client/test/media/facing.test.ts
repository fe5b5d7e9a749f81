import { describe, expect, it } from "vitest";
import { engineBench } from "../../src/testing/index.ts";

/** A phone: two cameras, one at a time. */
async function phone() {
  const bench = engineBench();
  bench.media.oneCameraAtATime = true;
  bench.media.choices = {
    camera: [
      { deviceId: "camera", label: "Front camera", facing: "user" },
      { deviceId: "back", label: "Back camera", facing: "environment" },
    ],
    microphone: [],
  };
  bench.chat.start();
  await bench.settle();
  bench.server.match();
  await bench.settle();
  return { ...bench, camera: () => bench.chat.getSnapshot().camera };
}

describe("the cameras of a phone", () => {
  it("begin with the front one, and are switched to and fro in the call", async () => {
    const bench = await phone();
    expect(bench.camera()).toMatchObject({ state: "live", deviceId: "camera", facing: "user" });
    for (const [deviceId, facing] of [
      ["back", "environment"],
      ["camera", "user"],
      ["back", "environment"],
    ]) {
      bench.chat.switchCamera();
      await bench.settle();
      expect(bench.camera()).toMatchObject({ state: "live", deviceId, facing });
      expect(bench.peers.current()?.replaced.at(-1)?.track).toMatchObject({ label: deviceId });
      expect(bench.media.liveTracks()).toBe(2);
    }
    expect(bench.chat.getSnapshot().problem).toBeUndefined();
  });

  it("stay switched for the next chat", async () => {
    const bench = await phone();
    bench.chat.switchCamera();
    await bench.settle();
    bench.chat.stop();
    bench.chat.start();
    await bench.settle();
    expect(bench.camera()).toMatchObject({ state: "live", deviceId: "back" });
  });

  it("a back camera that cannot be had leaves the front one on, and is told", async () => {
    const bench = await phone();
    bench.media.taken = ["back"];
    bench.chat.switchCamera();
    await bench.settle();
    expect(bench.camera()).toMatchObject({ state: "live", deviceId: "camera", facing: "user" });
    expect(bench.chat.getSnapshot().problem).toMatchObject({ code: "media-in-use", device: "camera" });
  });

  it("pressed twice at once is back at the first one, with one track", async () => {
    const bench = await phone();
    bench.chat.switchCamera();
    bench.chat.switchCamera();
    await bench.pass(1_000);
    expect(bench.media.liveTracks()).toBe(2);
    expect(bench.camera().state).toBe("live");
  });

  it("switched while it is off, it comes on as the other one", async () => {
    const bench = await phone();
    bench.chat.setEnabled("camera", false);
    await bench.pass(1_000);
    bench.chat.switchCamera();
    await bench.settle();
    expect(bench.media.liveTracks()).toBe(1);
    bench.chat.setEnabled("camera", true);
    await bench.settle();
    expect(bench.camera()).toMatchObject({ state: "live", deviceId: "back" });
  });
});
