import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { capture, expectNothingLeft, openPair, received, type Side, watchConnections } from "./pair.ts";

const WAIT = { timeout: 15_000, interval: 50 };

beforeEach(watchConnections);
afterEach(expectNothingLeft);

const kindsOf = (side: Side) =>
  (side.remote()?.getTracks() ?? [])
    .map(({ kind }) => kind)
    .toSorted()
    .join("+");

async function expectMoving(side: Side): Promise<void> {
  const before = (await received(side)).frames;
  await vi.waitFor(async () => expect((await received(side)).frames).toBeGreaterThan(before + 5), WAIT);
}

async function expectSound(side: Side): Promise<void> {
  await vi.waitFor(async () => expect((await received(side)).sound).toBeGreaterThan(0), WAIT);
}

describe("media between two links", () => {
  test("[C46] both see moving video and hear sound", async () => {
    const { initiator, responder } = openPair({
      initiator: await capture({ video: true, audio: true }),
      responder: await capture({ video: true, audio: true }),
    });
    for (const side of [initiator, responder]) {
      await expectMoving(side);
      await expectSound(side);
      expect(kindsOf(side)).toBe("audio+video");
      expect(side.events.filter((event) => event === "connected")).toHaveLength(1);
      expect(side.errors).toEqual([]);
      expect(side.pc.getTransceivers()).toHaveLength(2);
    }
  });

  test("[C46] an element that got the stream with its first track shows the picture too", async () => {
    const { responder } = openPair({ initiator: await capture({ video: true, audio: true }) });
    await vi.waitFor(() => expect(responder.screen.videoWidth).toBeGreaterThan(2), WAIT);
    await vi.waitFor(() => expect(responder.screen.currentTime).toBeGreaterThan(0), WAIT);
  });

  const wishes = {
    nothing: undefined,
    "only a microphone": { audio: true },
    "only a camera": { video: true },
  } as const;
  for (const [what, wish] of Object.entries(wishes)) {
    for (const role of ["initiator", "responder"] as const) {
      test(`[C55] ${role} with ${what} still sees and hears the partner, who gets what there is`, async () => {
        const own = wish === undefined ? undefined : await capture(wish);
        const full = await capture({ video: true, audio: true });
        const pair = openPair(
          role === "initiator" ? { initiator: own, responder: full } : { initiator: full, responder: own },
        );
        const partner = role === "initiator" ? pair.responder : pair.initiator;
        await expectMoving(pair[role]);
        await expectSound(pair[role]);
        const sent = Object.keys(wish ?? {})
          .toSorted()
          .join("+");
        await vi.waitFor(() => expect(kindsOf(partner)).toBe(sent), WAIT);
        if (sent.includes("audio")) await expectSound(partner);
        if (sent.includes("video")) await expectMoving(partner);
        // A stream with a track that never brings a packet would hold up the sound in a <video>.
        expect(kindsOf(partner)).toBe(sent);
      });
    }
  }

  test("two without any media connect", async () => {
    const { initiator, responder } = openPair();
    await vi.waitFor(() => {
      expect(initiator.events).toEqual(["connected"]);
      expect(responder.events).toEqual(["connected"]);
    }, WAIT);
  });

  for (const role of ["initiator", "responder"] as const) {
    test(`replaceTrack: ${role} changes, drops and adds a camera without a negotiation`, async () => {
      const own = await capture({ audio: true });
      const pair = openPair({ [role]: own });
      const partner = role === "initiator" ? pair.responder : pair.initiator;
      await expectSound(partner);
      expect(kindsOf(partner)).toBe("audio");
      const signals = pair.initiator.sent.length + pair.responder.sent.length;

      const [first] = (await capture({ video: true })).getVideoTracks();
      pair[role].link.replaceTrack("camera", first);
      await expectMoving(partner);
      expect(kindsOf(partner)).toBe("audio+video");

      const [second] = (await capture({ video: { width: 320 } })).getVideoTracks();
      pair[role].link.replaceTrack("camera", second);
      first?.stop();
      await expectMoving(partner);

      pair[role].link.replaceTrack("camera", undefined);
      const cameraSender = pair[role].pc.getSenders()[1];
      await vi.waitFor(() => expect(cameraSender?.track).toBeNull(), WAIT);
      pair[role].link.replaceTrack("camera", second);
      await expectMoving(partner);

      expect(pair.initiator.sent.length + pair.responder.sent.length).toBe(signals);
      expect([...pair.initiator.errors, ...pair.responder.errors]).toEqual([]);
    });
  }

  test("[R9] each learns whether the other's camera and microphone are on, at first and at each change", async () => {
    const pair = openPair();
    pair.initiator.link.tellMedia({ camera: true, microphone: false });
    await vi.waitFor(() => expect(pair.responder.words).toEqual([{ camera: true, microphone: false }]), WAIT);
    pair.responder.link.tellMedia({ camera: false, microphone: false });
    pair.responder.link.tellMedia({ camera: true, microphone: true });
    await vi.waitFor(
      () =>
        expect(pair.initiator.words).toEqual([
          { camera: false, microphone: false },
          { camera: true, microphone: true },
        ]),
      WAIT,
    );
  });

  test("replaceTrack before the connection is there: the partner gets the later track", async () => {
    const pair = openPair();
    const [track] = (await capture({ video: true })).getVideoTracks();
    pair.responder.link.replaceTrack("camera", track);
    pair.initiator.link.replaceTrack("camera", track);
    await expectMoving(pair.initiator);
    await expectMoving(pair.responder);
  });
});
