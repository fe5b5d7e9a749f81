import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { outgoingPicture } from "../../src/peer/outgoing-picture.browser.ts";
import { capture, expectNothingLeft, openPair, report, type Side, settle, watchConnections } from "./pair.ts";

const WAIT = { timeout: 15_000, interval: 50 };

beforeEach(watchConnections);
afterEach(expectNothingLeft);

async function sentFrames(side: Side): Promise<{ all: number; key: number }> {
  for (const stats of (await side.pc.getStats()).values())
    if (stats.type === "outbound-rtp" && stats.kind === "video")
      return { all: stats.framesEncoded ?? 0, key: stats.keyFramesEncoded ?? 0 };
  return { all: 0, key: 0 };
}

const moreThan = (side: Side, frames: number) =>
  vi.waitFor(async () => expect((await sentFrames(side)).all).toBeGreaterThan(frames), WAIT);

const senderOf = (side: Side) => side.pc.getSenders().find(({ track }) => track?.kind === "video");
const activities = (side: Side) =>
  senderOf(side)
    ?.getParameters()
    .encodings.map(({ active }) => active);

async function openCall(): Promise<{ readonly initiator: Side; readonly responder: Side }> {
  const media = await capture({ video: true });
  const pair = openPair({ initiator: media, responder: media });
  for (const side of [pair.initiator, pair.responder]) {
    await vi.waitFor(() => expect(side.events).toContain("connected"), WAIT);
    await moreThan(side, 20);
  }
  return pair;
}

function interrupt(side: Side): void {
  report(side, "disconnected", "disconnected");
  report(side, "connected", "connected");
}

describe("a picture after an interruption", () => {
  for (const role of ["initiator", "responder"] as const) {
    test(`[R11] begins with a key frame of the ${role}, and goes on`, async () => {
      const side = (await openCall())[role];
      const before = await sentFrames(side);
      interrupt(side);
      await vi.waitFor(async () => expect((await sentFrames(side)).key).toBeGreaterThan(before.key), WAIT);
      await moreThan(side, (await sentFrames(side)).all + 10);
      expect(activities(side)).toEqual([true]);
    });
  }

  test("[L8] pauses and begins anew where the link is told to, and after its end nothing happens", async () => {
    const { initiator } = await openCall();
    initiator.link.pausePicture();
    await vi.waitFor(() => expect(activities(initiator)).toEqual([false]), WAIT);
    const before = await sentFrames(initiator);
    initiator.link.resumePicture();
    await vi.waitFor(async () => expect((await sentFrames(initiator)).key).toBeGreaterThan(before.key), WAIT);
    await moreThan(initiator, (await sentFrames(initiator)).all + 10);
    expect(activities(initiator)).toEqual([true]);
    expect(initiator.events.filter((event) => event !== "stream")).toEqual(["connected"]);
    initiator.link.pausePicture();
    initiator.link.close();
    initiator.link.resumePicture();
    await settle();
  });

  test("[L8] comes back also where the camera was turned off in the pause", async () => {
    const { initiator } = await openCall();
    const camera = senderOf(initiator);
    const track = camera?.track ?? expect.fail("no video is sent");
    initiator.link.pausePicture();
    await vi.waitFor(() => expect(activities(initiator)).toEqual([false]), WAIT);
    initiator.link.replaceTrack("camera", undefined);
    await vi.waitFor(() => expect(camera?.track).toBe(null), WAIT);
    initiator.link.resumePicture();
    initiator.link.replaceTrack("camera", track);
    await moreThan(initiator, (await sentFrames(initiator)).all + 10);
  });

  test("[L8] begins anew with each path that is chosen while one comes back, and once more in the end; a pause ends by itself", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const steps: boolean[] = [];
      const encoding = { active: true };
      const sender = {
        track: {},
        getParameters: () => ({ encodings: [encoding] }),
        setParameters: async () => void steps.push(encoding.active),
      } as unknown as RTCRtpSender;
      const path = new EventTarget();
      const picture = outgoingPicture(
        () => sender,
        () => path as RTCIceTransport,
      );
      const stepsOf = async (run: () => void) => {
        steps.length = 0;
        run();
        for (let round = 0; round < 20; round += 1) await Promise.resolve();
        return [...steps];
      };
      const chosen = () => path.dispatchEvent(new Event("selectedcandidatepairchange"));
      const anew = [false, true];
      expect(await stepsOf(chosen)).toEqual([]);
      expect(await stepsOf(picture.resume)).toEqual(anew);
      expect(await stepsOf(chosen)).toEqual(anew);
      expect(await stepsOf(() => vi.advanceTimersByTime(5_000))).toEqual(anew);
      expect(await stepsOf(chosen)).toEqual([]);
      expect(await stepsOf(picture.pause)).toEqual([false]);
      expect(await stepsOf(() => vi.advanceTimersByTime(7_000))).toEqual([]);
      expect(await stepsOf(chosen)).toEqual([true]);
      expect(await stepsOf(picture.pause)).toEqual([false]);
      expect(await stepsOf(() => vi.advanceTimersByTime(20_000))).toEqual([true]);
      await stepsOf(picture.pause);
      picture.close();
      expect(await stepsOf(() => vi.advanceTimersByTime(20_000))).toEqual([]);
      expect(await stepsOf(chosen)).toEqual([]);
    } finally {
      vi.useRealTimers();
    }
  });

  test("[R11] goes on after interruptions in quick succession", async () => {
    const { initiator } = await openCall();
    for (let count = 0; count < 5; count += 1) interrupt(initiator);
    await settle(initiator);
    interrupt(initiator);
    await moreThan(initiator, (await sentFrames(initiator)).all + 20);
    await vi.waitFor(() => expect(activities(initiator)).toEqual([true]), WAIT);
  });

  test("does not concern the first connection, and needs no camera", async () => {
    const set = vi.spyOn(RTCRtpSender.prototype, "setParameters");
    const { initiator } = await openCall();
    expect(set).not.toHaveBeenCalled();
    const blind = openPair();
    await vi.waitFor(() => expect(blind.initiator.events).toContain("connected"), WAIT);
    interrupt(blind.initiator);
    await settle(blind.initiator, initiator);
    expect(set).not.toHaveBeenCalled();
    expect(blind.initiator.events).toEqual(["connected", "interrupted", "connected"]);
    set.mockRestore();
  });

  test("an encoding is turned on again when the browser refuses the first time, and a closed one is let be", async () => {
    const { initiator } = await openCall();
    const sender = senderOf(initiator);
    if (!sender) throw new Error("no video is sent");
    const real = sender.setParameters.bind(sender);
    let calls = 0;
    sender.setParameters = (parameters) => {
      calls += 1;
      return calls === 2
        ? Promise.reject(new DOMException("busy", "InvalidModificationError"))
        : real(parameters);
    };
    outgoingPicture(() => sender).resume();
    await vi.waitFor(() => expect(calls).toBe(3), WAIT);
    expect(activities(initiator)).toEqual([true]);
    initiator.link.close();
    await settle();
    outgoingPicture(() => sender).resume();
    await settle();
  });

  test("beginnings and pauses that overlap end with a picture", async () => {
    const { initiator } = await openCall();
    const picture = outgoingPicture(() => senderOf(initiator));
    for (const step of ["resume", "resume", "pause", "resume", "pause", "resume"] as const) picture[step]();
    await vi.waitFor(() => expect(activities(initiator)).toEqual([true]), WAIT);
    await moreThan(initiator, (await sentFrames(initiator)).all + 10);
    expect(activities(initiator)).toEqual([true]);
    picture.close();
  });
});
