import { describe, expect, it } from "vitest";
import {
  engineBench,
  NOTHING_READ,
  PEER_NEVER_CONNECTS,
  SOCKET_ACCEPTS,
  SOCKET_SILENT,
} from "../../../src/testing/index.ts";

/** A call over a connection whose bytes come in steadily until the test cuts it. */
async function inCall(options: Parameters<typeof engineBench>[0] = {}) {
  const bench = engineBench(options);
  bench.chat.start();
  await bench.settle();
  const room = bench.server.match();
  await bench.settle();
  const phases: string[] = [];
  let flowing = true;
  let bytes = 0;
  /** Lets time pass while bytes come in, or do not. */
  const pass = async (byMs: number) => {
    for (let passed = 0; passed < byMs; passed += 100) {
      if (flowing) bytes += 1_000;
      const peer = bench.peers.current();
      if (peer) peer.reading = { ...NOTHING_READ, bytesReceived: bytes };
      await bench.pass(Math.min(100, byMs - passed));
    }
  };
  await pass(8_000);
  bench.chat.on("phase", ({ phase }) => phases.push(phase));
  const peer = () => bench.peers.current() ?? expect.fail("there is no peer connection");
  return {
    ...bench,
    room,
    phases,
    pass,
    peer,
    phase: () => bench.chat.getSnapshot().status.phase,
    async flow(next: boolean) {
      flowing = next;
      // A new one would connect at once otherwise.
      bench.peers.behaviour = next ? { outcome: "connects", supported: true } : PEER_NEVER_CONNECTS;
      await pass(0);
    },
    said: () => bench.server.bodies("media").map((fact) => fact.flowing),
  };
}

/** When ICE says so, after a cut: about as browsers do. */
const ICE_SAYS_MS = 5_600;

describe("a call whose media is cut", () => {
  for (const cutMs of [12_000, 25_000, 40_000])
    it(`[L2] [L3] [L5] [C27] is the same room after ${cutMs} ms without media, with signaling all the time`, async () => {
      const bench = await inCall();
      await bench.flow(false);
      await bench.pass(ICE_SAYS_MS);
      bench.peer().handlers.onInterrupted();
      expect(bench.phase()).toBe("reconnecting");
      // Some when the first bytes were missed, and the one of the ladder.
      const { length } = bench.peer().restarts;
      expect(length).toBeGreaterThanOrEqual(6);
      expect(new Set(bench.peer().restarts)).toEqual(new Set(["partner"]));
      await bench.pass(cutMs - ICE_SAYS_MS);
      expect(bench.server.bodies("rebuild").length).toBeGreaterThanOrEqual(1);
      await bench.flow(true);
      bench.peer().handlers.onConnected();
      await bench.pass(2_000);
      expect(bench.phases).toEqual(["reconnecting", "connected"]);
      expect(bench.chat.getStatus().roomId).toBe(bench.room.roomId);
      expect(bench.server.bodies("give-up")).toEqual([]);
      expect(bench.peers.mostOpen()).toBe(1);
    });

  for (const cutMs of [12_000, 25_000, 40_000])
    it(`[L2] [L12] [L13] [R14] [C27] tears nothing down and is heard again soon after ${cutMs} ms without any network`, async () => {
      const bench = await inCall();
      await bench.flow(false);
      bench.server.answer("status", "never");
      bench.server.answer("media", "never");
      bench.server.behaviour = SOCKET_SILENT;
      bench.readiness.reachable = undefined;
      await bench.pass(ICE_SAYS_MS);
      bench.peer().handlers.onInterrupted();
      await bench.pass(cutMs - ICE_SAYS_MS);
      expect(bench.chat.getSnapshot().signaling.state).not.toBe("online");
      expect(bench.peers.opened).toHaveLength(1);
      expect(bench.server.bodies("rebuild")).toEqual([]);
      bench.server.answer("status", "usual");
      bench.server.answer("media", "usual");
      bench.server.behaviour = SOCKET_ACCEPTS;
      bench.readiness.reachable = true;
      const { length } = bench.tokens.asked;
      const { tried } = bench.readiness;
      await bench.pass(700);
      expect(bench.chat.getSnapshot().signaling.state).toBe("online");
      expect(bench.tokens.asked).toHaveLength(length);
      expect(bench.server.sockets.at(-1)?.hello.resume).toMatchObject({ peerConnection: "alive" });
      expect(bench.server.sockets.at(-1)?.hello.resume).not.toHaveProperty("received");
      // Both ways were dead, so the old path is not waited for.
      expect(bench.server.bodies("rebuild").length).toBeGreaterThanOrEqual(1);
      expect(bench.server.mostOpen()).toBe(1);
      bench.peer().handlers.onConnected();
      expect(bench.phases).toEqual(["reconnecting", "connected"]);
      await bench.pass(5_000);
      expect(bench.readiness.tried - tried).toBeLessThanOrEqual(3);
    });

  it("[L12] [L14] restarts as soon as UDP goes out again, whatever it waits for", async () => {
    const bench = await inCall({ iceServers: [{ urls: ["stun:stun.test"] }] });
    bench.stun.answers = undefined;
    await bench.flow(false);
    await bench.pass(ICE_SAYS_MS);
    bench.peer().handlers.onInterrupted();
    await bench.pass(16_000);
    const restarts = () => bench.peers.opened.flatMap((peer) => peer.restarts);
    const { length } = restarts();
    await bench.pass(1_500);
    expect(restarts()).toHaveLength(length);
    bench.stun.answers = true;
    await bench.pass(1_100);
    expect(restarts().slice(length)).toEqual(["partner"]);
    await bench.pass(1_000);
    expect(restarts()).toHaveLength(length + 1);
    expect(bench.stun.open()).toBe(true);
    bench.peer().handlers.onConnected();
    await bench.flow(true);
    await bench.pass(9_000);
    // The partner may not see us yet.
    expect(bench.stun.open()).toBe(true);
    await bench.pass(2_000);
    expect([bench.stun.open(), bench.phase()]).toEqual([false, "connected"]);
  });

  it("[L12] does not ask a service that nobody waits for", async () => {
    const bench = await inCall();
    const { tried } = bench.readiness;
    bench.readiness.reachable = undefined;
    bench.server.behaviour = SOCKET_SILENT;
    bench.server.drop();
    await bench.pass(20_000);
    expect(bench.chat.getSnapshot().signaling.state).not.toBe("online");
    expect(bench.readiness.tried).toBe(tried);
  });

  it("[L1] whose bytes come in is not interrupted by ICE's word", async () => {
    const bench = await inCall();
    bench.peer().handlers.onInterrupted();
    await bench.pass(10_000);
    expect(bench.phases).toEqual([]);
    expect(bench.peer().restarts).toEqual([]);
    await bench.flow(false);
    await bench.pass(2_100);
    expect(bench.phases).toEqual(["reconnecting"]);
  });

  it("[L1] [G6] tells the server after three seconds of silence, and once it flows again, without a word on the screen", async () => {
    const bench = await inCall();
    await bench.flow(false);
    await bench.pass(2_000);
    expect(bench.said()).toEqual([true]);
    await bench.pass(2_000);
    expect(bench.said()).toEqual([true, false]);
    await bench.flow(true);
    await bench.pass(1_100);
    expect(bench.said()).toEqual([true, false, true]);
    expect(bench.phases).toEqual([]);
  });

  it("[L8] [L9] sends no picture into the silence, and begins it anew once bytes come in again, before ICE has missed any", async () => {
    const bench = await inCall();
    expect(bench.peer().picture).toEqual([]);
    await bench.flow(false);
    await bench.pass(1_500);
    expect(bench.peer().picture).toEqual(["paused"]);
    await bench.pass(3_000);
    await bench.flow(true);
    await bench.pass(600);
    // A second time when the silence turned out to be a long one.
    expect(bench.peer().picture).toEqual(["paused", "paused", "resumed"]);
    expect(bench.phases).toEqual([]);
  });

  it("[L7] [L9] is restarted at the first bytes that are missed, a few times, and not because of a hiccup", async () => {
    const bench = await inCall();
    await bench.flow(false);
    await bench.pass(500);
    await bench.flow(true);
    await bench.pass(3_000);
    expect(bench.peer().restarts).toEqual([]);
    await bench.flow(false);
    await bench.pass(1_100);
    expect(bench.peer().restarts).toEqual(["partner"]);
    await bench.flow(true);
    await bench.pass(3_000);
    expect(bench.peer().restarts).toHaveLength(1);
    await bench.flow(false);
    await bench.pass(8_000);
    expect(bench.peer().restarts).toHaveLength(1 + 7);
    expect(bench.phases).toEqual([]);
  });

  it("[L10] asks the service when nothing comes in for half a second, which changes nothing else, and again at the first missed bytes", async () => {
    const bench = await inCall();
    await bench.flow(false);
    await bench.pass(700);
    expect(bench.server.bodies("status")).toHaveLength(1);
    await bench.flow(true);
    await bench.pass(3_000);
    expect(bench.server.bodies("status")).toHaveLength(1);
    expect([bench.peer().restarts, bench.peer().picture]).toEqual([[], []]);
    await bench.flow(false);
    await bench.pass(4_000);
    expect(bench.server.bodies("status")).toHaveLength(3);
  });

  it("[L10] has found a dead socket soon after the first bytes were missed", async () => {
    const bench = await inCall();
    bench.server.answer("status", "never");
    await bench.flow(false);
    await bench.pass(700 + 400);
    expect(bench.server.sockets).toHaveLength(2);
  });

  it("[L3] [L7] [L10] at the first missed bytes a dead socket is replaced, and the dead path with it", async () => {
    const bench = await inCall();
    bench.server.answer("status", "never");
    await bench.flow(false);
    await bench.pass(1_000);
    bench.server.answer("status", "usual");
    expect(bench.peer().restarts).toEqual(["partner"]);
    await bench.pass(600);
    expect(bench.server.sockets).toHaveLength(2);
    expect(bench.chat.getSnapshot().signaling.state).toBe("online");
    expect(bench.server.bodies("rebuild")).toMatchObject([{ roomId: bench.room.roomId, generation: 1 }]);
    expect(bench.phases).toEqual(["reconnecting"]);
  });

  it("[L2] [R3] tells its restart after what went into the dead socket before", async () => {
    const bench = await inCall();
    const { roomId } = bench.room;
    bench.server.partnerBack({ generation: 2, role: "responder" });
    await bench.pass(8_000);
    // So that media is there again before the server is.
    bench.readiness.reachable = false;
    await bench.flow(false);
    bench.server.answer("signal", "never");
    await bench.pass(1_100);
    bench.server.drop();
    bench.server.answer("signal", "usual");
    await bench.flow(true);
    await bench.pass(500);
    bench.hints.changeNetwork();
    await bench.pass(2_000);
    const told = bench.server.bodies("signal").filter(({ generation }) => generation === 2);
    const sequences = told.map(({ sequence }) => sequence);
    expect(sequences.slice(0, 3)).toEqual([1, 1, 2]);
    expect(sequences.slice(1)).toEqual(sequences.slice(1).toSorted((one, other) => one - other));
    expect(told.every((one) => one.roomId === roomId && one.signal.kind === "restart")).toBe(true);
  });

  it("[L1] that ICE does not notice at all is interrupted all the same, after ten seconds", async () => {
    const bench = await inCall();
    await bench.flow(false);
    await bench.pass(9_000);
    expect(bench.phases).toEqual([]);
    await bench.pass(1_500);
    expect(bench.phases).toEqual(["reconnecting"]);
  });

  it("[L6] [L9] [L10] restarts ICE and makes sure of its socket when the network is another one", async () => {
    const bench = await inCall();
    bench.server.answer("status", "never");
    bench.hints.changeNetwork();
    bench.hints.changeNetwork();
    expect(bench.peer().restarts).toEqual(["partner"]);
    await bench.pass(300);
    expect(bench.server.sockets).toHaveLength(1);
    await bench.pass(1_000);
    // A browser tells one change in several ways.
    expect(bench.peer().restarts).toEqual(["partner"]);
    expect(bench.server.sockets).toHaveLength(2);
    bench.hints.changeNetwork();
    await bench.pass(1_000);
    expect(bench.peer().restarts).toEqual(["partner", "partner"]);
    expect(bench.phases).toEqual([]);
    bench.chat.stop();
    await bench.settle();
    expect(bench.held()).toEqual({ sockets: 0, peers: 0, tracks: 0, timers: 0 });
  });

  it("[L5] [M7] that does not come back ends after a minute, with both at their old places", async () => {
    const bench = await inCall();
    await bench.flow(false);
    bench.peer().handlers.onInterrupted();
    await bench.pass(62_000);
    expect(bench.phases).toEqual(["reconnecting", "searching"]);
    expect(bench.server.bodies("give-up")).toHaveLength(1);
    expect(bench.peers.openCount()).toBe(0);
  });
});
