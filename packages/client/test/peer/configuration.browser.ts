import type { Signal } from "@serendip/protocol";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { expectNothingLeft, openPair, openSide, settle, watchConnections } from "./pair.ts";

const WAIT = { timeout: 15_000, interval: 20 };
const TURN = { urls: ["turn:turn.example.org"], username: "u", credential: "c" };

beforeEach(watchConnections);
afterEach(expectNothingLeft);

describe("ICE servers of a running connection", () => {
  test("[K3] are replaced, and everything else stays as it was", () => {
    const side = openSide(
      { role: "initiator", iceServers: [], stream: undefined, relayOnly: true },
      () => {},
    );
    side.link.useIceServers([TURN]);
    expect(side.pc.getConfiguration()).toMatchObject({
      iceServers: [TURN],
      iceTransportPolicy: "relay",
      bundlePolicy: "max-bundle",
    });
  });

  test("[K15] stay as they were when the browser refuses the new ones", () => {
    const side = openSide(
      { role: "responder", iceServers: [TURN], stream: undefined, relayOnly: false },
      () => {},
    );
    for (const urls of [["turn:turn.example.org"], ["http://example.org"], [""], []])
      expect(() => side.link.useIceServers([{ urls }])).not.toThrow();
    expect(side.pc.getConfiguration().iceServers).toMatchObject([TURN]);
    side.link.close();
    expect(() => side.link.useIceServers([])).not.toThrow();
  });
});

describe("[K5] relay only", () => {
  const candidates = (signals: readonly Signal[]) =>
    signals.filter(
      (signal) => signal.kind === "candidate" || ("sdp" in signal && /^a=candidate/m.test(signal.sdp)),
    );

  test("hands out no address without a relay, says no error, and can be restarted and closed", async () => {
    const side = openSide(
      { role: "initiator", iceServers: [], stream: undefined, relayOnly: true },
      () => {},
    );
    await vi.waitFor(() => expect(side.pc.iceGatheringState).toBe("complete"), WAIT);
    side.link.restartIce("partner");
    await vi.waitFor(() => expect(side.sent.filter(({ kind }) => kind === "offer")).toHaveLength(2), WAIT);
    await vi.waitFor(() => expect(side.pc.iceGatheringState).toBe("complete"), WAIT);
    await settle(side);
    expect(candidates(side.sent)).toEqual([]);
    expect(side.events).toEqual([]);
  });

  test("hands out none that the browser has gathered all the same, and takes none from the partner", async () => {
    const side = openSide(
      { role: "initiator", iceServers: [], stream: undefined, relayOnly: true },
      () => {},
    );
    const taken = vi.spyOn(side.pc, "addIceCandidate");
    const host: Signal = {
      kind: "candidate",
      candidate: { candidate: "candidate:1 1 udp 1 192.0.2.1 5000 typ host", sdpMid: "0", sdpMLineIndex: 0 },
    };
    side.pc.setConfiguration({ iceServers: [], iceTransportPolicy: "all", bundlePolicy: "max-bundle" });
    await vi.waitFor(() => expect(side.pc.iceGatheringState).toBe("complete"), WAIT);
    // It did gather some.
    expect(side.pc.localDescription?.sdp).toMatch(/^a=candidate:.* typ host/m);
    side.link.restartIce("partner");
    await vi.waitFor(() => expect(side.sent.filter(({ kind }) => kind === "offer")).toHaveLength(2), WAIT);
    await vi.waitFor(() => expect(side.pc.iceGatheringState).toBe("complete"), WAIT);
    expect(candidates(side.sent)).toEqual([]);
    side.link.signal(host);
    await settle(side);
    expect(taken).not.toHaveBeenCalled();
  });
});

describe("a reading", () => {
  test("counts from the connection's start, across an ICE restart, and tells the route without an address", async () => {
    const { initiator, responder } = openPair();
    await vi.waitFor(async () => expect((await initiator.link.read())?.route).toBeDefined(), WAIT);
    const before = await initiator.link.read();
    expect(before?.bytesReceived).toBeGreaterThan(0);
    expect(JSON.stringify(before)).not.toMatch(/\d+\.\d+\.\d+\.\d+|\.local/);
    initiator.link.restartIce("partner");
    await vi.waitFor(
      () => expect(responder.sent.filter(({ kind }) => kind === "answer")).toHaveLength(2),
      WAIT,
    );
    await vi.waitFor(async () => {
      const after = await initiator.link.read();
      expect(after?.bytesReceived).toBeGreaterThan(before?.bytesReceived ?? 0);
      expect(after?.bytesSent).toBeGreaterThan(before?.bytesSent ?? 0);
      expect(after?.roundTripMs).toBeGreaterThanOrEqual(0);
      expect(after?.route).toMatchObject({ protocol: undefined });
    }, WAIT);
  });

  test("of a closed link, or of one that closes meanwhile, is nothing", async () => {
    const side = openSide(
      { role: "responder", iceServers: [], stream: undefined, relayOnly: false },
      () => {},
    );
    expect(await side.link.read()).toMatchObject({ bytesReceived: undefined, route: undefined });
    const meanwhile = side.link.read();
    side.link.close();
    expect(await meanwhile).toBeUndefined();
    expect(await side.link.read()).toBeUndefined();
  });
});
