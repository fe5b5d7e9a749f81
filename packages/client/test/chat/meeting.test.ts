import { describe, expect, it } from "vitest";
import {
  engineBench,
  PEER_FAILS,
  PEER_NEVER_CONNECTS,
  PEER_THROWS,
  PEER_UNSUPPORTED,
} from "../../src/testing/index.ts";

const NOTHING_HELD = { sockets: 0, peers: 0, tracks: 0, timers: 0 };

/** A bench whose person talks to a partner. */
async function inCall(options: Parameters<typeof engineBench>[0] = {}) {
  const bench = engineBench(options);
  bench.chat.start();
  await bench.settle();
  const room = bench.server.match();
  await bench.settle();
  expect(bench.chat.getSnapshot().status.phase).toBe("connected");
  return { ...bench, room, phase: () => bench.chat.getSnapshot().status.phase };
}

describe("meeting somebody", () => {
  it("does nothing at all before it is started", async () => {
    const bench = engineBench();
    await bench.settle();
    expect(bench.held()).toEqual(NOTHING_HELD);
    expect(bench.media.wishes).toEqual([]);
    expect(bench.chat.getSnapshot().status).toEqual({ phase: "idle" });
  });

  it("[M1] [C7] asks for a partner only once media and connection are both there", async () => {
    const bench = engineBench();
    bench.media.behaviour = { ...bench.media.behaviour, answers: "never" };
    bench.chat.start();
    await bench.settle();
    expect(bench.chat.getSnapshot().status.phase).toBe("requesting-media");
    expect(bench.chat.getSnapshot().signaling.state).toBe("online");
    expect(bench.server.bodies("find")).toEqual([]);
  });

  it("[C46] goes through searching and connecting to a call", async () => {
    const bench = engineBench();
    bench.peers.behaviour = PEER_NEVER_CONNECTS;
    const phases: string[] = [];
    bench.chat.on("phase", ({ phase }) => phases.push(phase));
    bench.chat.start();
    await bench.settle();
    expect(bench.chat.getSnapshot().status).toMatchObject({ phase: "searching", crowd: { online: 2 } });
    const { roomId } = bench.server.match({ role: "responder" });
    await bench.settle();
    expect(bench.server.bodies("ready")).toMatchObject([{ roomId }]);
    expect(bench.peers.current()?.options.role).toBe("responder");
    expect(bench.peers.current()?.options.stream).toBe(bench.chat.getSnapshot().localStream);
    bench.peers.current()?.handlers.onConnected();
    expect(phases).toEqual(["requesting-media", "searching", "connecting", "connected"]);
  });

  it("[R3] sends what the connection says in order, numbered from 1, and hands over what comes back", async () => {
    const { server, peers, room, settle } = await inCall();
    const offer = { kind: "offer", sdp: "v=0" } as const;
    peers.current()?.handlers.onSignal(offer);
    peers.current()?.handlers.onSignal({ ...offer, kind: "answer" });
    await settle();
    expect(server.bodies("signal")).toEqual([
      { roomId: room.roomId, generation: 1, sequence: 1, signal: offer },
      { roomId: room.roomId, generation: 1, sequence: 2, signal: { ...offer, kind: "answer" } },
    ]);
    server.signal(1, offer);
    server.signal(1, offer);
    expect(peers.current()?.received).toEqual([offer]);
  });

  it("[C6] gives back camera, connection, socket and timers on Stop, and tells the server", async () => {
    const { chat, server, held, phase, storage } = await inCall();
    chat.stop();
    expect(phase()).toBe("idle");
    expect(held()).toEqual(NOTHING_HELD);
    expect(server.sent.at(-1)?.event).toBe("leave");
    expect(chat.getSnapshot()).toMatchObject({ localStream: undefined, remoteStream: undefined });
    expect(storage.remembered.active).toBeUndefined();
  });

  it("[C6] gives everything back on Stop in each phase", async () => {
    const stages: readonly ((bench: ReturnType<typeof engineBench>) => void | Promise<void>)[] = [
      () => {},
      (bench) => bench.settle(),
      async (bench) => {
        await bench.settle();
        bench.server.match();
      },
      async (bench) => {
        await bench.settle();
        bench.server.match();
        await bench.settle();
        bench.peers.current()?.handlers.onInterrupted();
      },
      async (bench) => {
        await bench.settle();
        bench.server.match();
        await bench.settle();
        bench.server.partnerLeaves();
      },
      async (bench) => {
        await bench.settle();
        bench.server.drop();
      },
    ];
    for (const reach of stages) {
      const bench = engineBench();
      bench.chat.start();
      await reach(bench);
      bench.chat.stop();
      await bench.settle();
      expect(bench.held()).toEqual(NOTHING_HELD);
      expect(bench.chat.getSnapshot().status.phase).toBe("idle");
      await bench.pass(120_000);
      expect(bench.held()).toEqual(NOTHING_HELD);
    }
  });

  it("[C28] passes through fifty rooms by Next: one peer at a time, and nothing is left of the rooms before", async () => {
    const bench = await inCall();
    const before = bench.held();
    for (let press = 1; press <= 50; press++) {
      bench.chat.next();
      await bench.settle();
      expect(bench.peers.openCount()).toBe(0);
      bench.server.match();
      await bench.settle();
      expect(bench.phase()).toBe("connected");
      expect(bench.server.bodies("find")).toHaveLength(1 + press);
      // [M6] By then its camera is there, so that little time is waited for its `ready`.
      expect(bench.server.bodies("find").at(-1)).toMatchObject({ mediaReady: true });
    }
    expect(bench.peers.mostOpen()).toBe(1);
    expect(bench.held()).toEqual(before);
  });

  it("[C28] takes fifty presses of Next in one task for one: the room is left once and one search is open", async () => {
    const bench = await inCall();
    for (let press = 0; press < 50; press++) bench.chat.next();
    await bench.settle();
    expect(bench.phase()).toBe("searching");
    expect(bench.server.bodies("find")).toHaveLength(2);
    expect(bench.peers.openCount()).toBe(0);
    expect(bench.peers.mostOpen()).toBe(1);
    bench.server.match();
    await bench.settle();
    expect(bench.phase()).toBe("connected");
  });

  it("[C28] survives Start and Stop pressed as fast as one can, in any order", async () => {
    const bench = engineBench();
    for (let press = 0; press < 25; press++) {
      bench.chat.start();
      bench.chat.start();
      if (press % 3 === 0) await bench.settle();
      bench.chat.stop();
      bench.chat.next();
    }
    await bench.settle();
    expect(bench.held()).toEqual(NOTHING_HELD);
    expect(bench.server.mostOpen()).toBeLessThanOrEqual(1);
    bench.chat.start();
    await bench.settle();
    expect(bench.chat.getSnapshot().status.phase).toBe("searching");
    expect(bench.media.liveTracks()).toBe(2);
  });

  it("[M3] ignores a match of a search that is over", async () => {
    const bench = await inCall();
    const old = bench.room;
    bench.chat.next();
    await bench.settle();
    bench.server.emit("matched", { room: { ...old, roomId: "room-of-the-past" } });
    await bench.settle();
    expect(bench.phase()).toBe("searching");
    expect(bench.peers.openCount()).toBe(0);
  });

  it("[R8] says that the partner left and looks for the next one by itself after the pause", async () => {
    const bench = await inCall({ autoNextMs: 2_000 });
    bench.server.partnerLeaves("next");
    const { now } = bench.clock;
    expect(bench.chat.getSnapshot().status).toEqual({
      phase: "partner-left",
      reason: "next",
      nextAt: now() + 2_000,
    });
    expect(bench.peers.openCount()).toBe(0);
    await bench.pass(1_999);
    expect(bench.phase()).toBe("partner-left");
    await bench.pass(1);
    expect(bench.phase()).toBe("searching");
    expect(bench.server.state.kind).toBe("queued");
  });

  it("[M7] gives up a connection that is not made in 15 s, and says so, in other words after the second in a row", async () => {
    const bench = engineBench();
    bench.peers.behaviour = PEER_NEVER_CONNECTS;
    bench.chat.start();
    await bench.settle();
    const first = bench.server.match();
    await bench.pass(15_000);
    expect(bench.server.bodies("give-up")).toMatchObject([{ roomId: first.roomId }]);
    expect(bench.chat.getSnapshot()).toMatchObject({
      status: { phase: "searching" },
      problem: { code: "peer-failed", severity: "degraded", action: "wait" },
    });
    expect(bench.server.state).toEqual({ kind: "queued", requestId: first.requestId });
    bench.server.match();
    await bench.pass(15_000);
    expect(bench.chat.getSnapshot().problem).toMatchObject({ code: "peer-timeout", severity: "degraded" });
    bench.peers.behaviour = { outcome: "connects", supported: true };
    bench.server.match();
    await bench.settle();
    expect(bench.chat.getSnapshot()).toMatchObject({
      status: { phase: "connected" },
      problem: undefined,
    });
  });

  it("[M7] the only two who wait, and could not be connected, are told, and can try again", async () => {
    const bench = engineBench();
    bench.peers.behaviour = PEER_NEVER_CONNECTS;
    bench.chat.start();
    await bench.settle();
    bench.server.match();
    bench.server.crowd = { online: 2, waiting: 2 };
    await bench.pass(15_000);
    expect(bench.chat.getSnapshot().problem).toMatchObject({ code: "peer-failed", action: "try-again" });
    const [{ requestId } = { requestId: "" }] = bench.server.bodies("find");
    bench.chat.retry();
    await bench.settle();
    expect(bench.chat.getSnapshot()).toMatchObject({ status: { phase: "searching" }, problem: undefined });
    expect(bench.server.sent.slice(-2).map(({ event }) => event)).toEqual(["leave", "find"]);
    expect(bench.server.bodies("find").at(-1)?.requestId).not.toBe(requestId);
  });

  it("[M7] is told also when it was the partner who gave up", async () => {
    const bench = await inCall();
    bench.server.requeue("media-failed");
    expect(bench.chat.getSnapshot()).toMatchObject({
      status: { phase: "searching" },
      problem: { code: "peer-failed" },
    });
    bench.server.match();
    await bench.settle();
    bench.server.requeue("timeout");
    expect(bench.chat.getSnapshot()).toMatchObject({ status: { phase: "searching" }, problem: undefined });
  });

  it.each([
    ["fails", PEER_FAILS],
    ["cannot even be made", PEER_THROWS],
  ])("[M7] gives up at once a connection that %s", async (_, behaviour) => {
    const bench = engineBench();
    bench.peers.behaviour = behaviour;
    bench.chat.start();
    await bench.settle();
    const { roomId } = bench.server.match();
    await bench.settle();
    expect(bench.server.bodies("give-up")).toMatchObject([{ roomId }]);
    expect(bench.chat.getSnapshot().status.phase).toBe("searching");
  });

  it("tells a person whose browser cannot make calls, and holds nothing", async () => {
    const bench = engineBench();
    bench.peers.behaviour = PEER_UNSUPPORTED;
    bench.chat.start();
    await bench.settle();
    expect(bench.chat.getSnapshot().problem).toMatchObject({ code: "peer-unsupported", severity: "fatal" });
    expect(bench.held()).toEqual(NOTHING_HELD);
  });

  it("[Q1] asks again with the same request when an answer got lost", async () => {
    const bench = engineBench();
    bench.server.answer("find", "never");
    bench.chat.start();
    await bench.settle();
    bench.server.answer("find", "unavailable");
    await bench.pass(6_000);
    expect(bench.chat.getSnapshot().problem).toMatchObject({ code: "server-busy" });
    bench.server.answer("find", "usual");
    await bench.pass(2_000);
    expect(bench.server.state.kind).toBe("queued");
    expect(bench.chat.getSnapshot().problem).toBeUndefined();
  });

  it("[M8] [C7] finds its place again when the server has lost it", async () => {
    const bench = engineBench();
    bench.chat.start();
    await bench.settle();
    bench.server.state = { kind: "idle" };
    await bench.pass(10_000);
    expect(bench.server.state.kind).toBe("queued");
  });
});
