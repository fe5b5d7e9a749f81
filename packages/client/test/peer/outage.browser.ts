import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type DetouredPair, openDetouredPair } from "./detour.ts";
import { capture, expectNothingLeft, received, type Side, watchConnections } from "./pair.ts";

/** The browser calls a path disconnected after 5 to 6 s of silence, and failed after 15 to 16 s. */
const OUTAGE = { timeout: 30_000, interval: 50 };
const SOON = { timeout: 10_000, interval: 50 };

beforeEach(watchConnections);
afterEach(expectNothingLeft);

const states = ({ initiator, responder }: DetouredPair) =>
  [initiator, responder].map(({ pc }) => pc.connectionState);
const told = (side: Side) => side.events.filter((event) => event !== "stream");

async function expectMoving(side: Side): Promise<void> {
  const before = (await received(side)).frames;
  await vi.waitFor(async () => expect((await received(side)).frames).toBeGreaterThan(before + 5), SOON);
}

async function openCall(): Promise<DetouredPair> {
  const media = await capture({ video: true, audio: true });
  const pair = openDetouredPair({ initiator: media, responder: media });
  await expectMoving(pair.initiator);
  await expectMoving(pair.responder);
  return pair;
}

describe("a path on which every packet is lost", { timeout: 120_000 }, () => {
  test("[R11] until both have given it up comes back by a restart, on the same connection", async () => {
    const pair = await openCall();
    await pair.cut();
    await vi.waitFor(() => expect(states(pair)).toEqual(["failed", "failed"]), OUTAGE);
    await pair.heal();
    pair.responder.link.restartIce("partner");
    for (const side of [pair.initiator, pair.responder]) {
      await vi.waitFor(() => expect(told(side)).toEqual(["connected", "interrupted", "connected"]), SOON);
      await expectMoving(side);
      expect(side.errors).toEqual([]);
    }
  });

  test("[R11] restarts that nobody hears keep the initiator looking, so that it is back at once", async () => {
    const pair = await openCall();
    await pair.cut();
    await vi.waitFor(() => expect(told(pair.initiator)).toContain("interrupted"), OUTAGE);
    const signals = pair.initiator.sent.length;
    const again = setInterval(() => pair.initiator.link.restartIce("nobody"), 4_000);
    try {
      await vi.waitFor(() => expect(pair.responder.pc.connectionState).toBe("failed"), OUTAGE);
      // Without them it fails within a second of its partner.
      const failedAt = performance.now();
      await vi.waitFor(() => expect(performance.now()).toBeGreaterThan(failedAt + 3_000), SOON);
      expect(pair.initiator.pc.connectionState).toBe("disconnected");
    } finally {
      clearInterval(again);
    }
    expect(pair.initiator.sent).toHaveLength(signals);
    await pair.heal();
    await vi.waitFor(() => expect(told(pair.initiator).at(-1)).toBe("connected"), SOON);
    pair.initiator.link.restartIce("partner");
    for (const side of [pair.initiator, pair.responder]) {
      await vi.waitFor(() => expect(told(side)).toEqual(["connected", "interrupted", "connected"]), SOON);
      await expectMoving(side);
      expect(side.errors).toEqual([]);
    }
  });
});
