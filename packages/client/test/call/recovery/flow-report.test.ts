import { describe, expect, it } from "vitest";
import { engineBench, PEER_NEVER_CONNECTS, SOCKET_UNREACHABLE } from "../../../src/testing/index.ts";
import { PROBLEMS } from "../../../src/words/problems.ts";

async function inRoom(...options: Parameters<typeof engineBench>) {
  const bench = engineBench(...options);
  bench.chat.start();
  await bench.settle();
  const { roomId } = bench.server.match();
  await bench.settle();
  // Long enough to count as a stable connection.
  await bench.pass(6_000);
  return {
    ...bench,
    roomId,
    phase: () => bench.chat.getSnapshot().status.phase,
    said: () => bench.server.bodies("media").map(({ roomId, flowing }) => ({ roomId, flowing })),
    generations: () => bench.server.bodies("media").map(({ generation }) => generation),
    peer: () => bench.peers.current()?.handlers ?? expect.fail("there is no peer connection"),
  };
}

describe("the report of the partner's media", () => {
  it("[G6] says each change once, and nothing while nothing changes", async () => {
    const bench = await inRoom();
    const { roomId } = bench;
    expect(bench.said()).toEqual([{ roomId, flowing: true }]);
    bench.chat.setEnabled("microphone", false);
    bench.server.partnerAway(10_000);
    bench.server.partnerBack();
    await bench.pass(60_000);
    expect(bench.said()).toHaveLength(1);
    bench.peer().onInterrupted();
    bench.peer().onInterrupted();
    expect(bench.said()).toEqual([
      { roomId, flowing: true },
      { roomId, flowing: false },
    ]);
    bench.peer().onConnected();
    expect(bench.said()).toEqual([
      { roomId, flowing: true },
      { roomId, flowing: false },
      { roomId, flowing: true },
    ]);
  });

  it("[G6] a connection that failed, or that the partner closed, has stopped", async () => {
    for (const end of ["fails", "is closed"] as const) {
      const bench = await inRoom();
      const { roomId } = bench;
      bench.peers.behaviour = PEER_NEVER_CONNECTS;
      if (end === "is closed") bench.peer().onPartnerClosed();
      else bench.peer().onFailed(PROBLEMS.peerFailed);
      await bench.pass(1_000);
      // For one that failed a new generation has begun, in which it is said anew.
      const stopped = { roomId, flowing: false };
      expect(bench.said(), end).toEqual([
        { roomId, flowing: true },
        ...(end === "fails" ? [stopped, stopped] : [stopped]),
      ]);
    }
  });

  it("[G6] before media has flowed, and outside a room, there is nothing to say", async () => {
    const bench = engineBench();
    bench.peers.behaviour = PEER_NEVER_CONNECTS;
    bench.chat.start();
    await bench.settle();
    bench.server.match();
    await bench.pass(5_000);
    expect(bench.server.bodies("media")).toEqual([]);
    bench.peers.current()?.handlers.onConnected();
    expect(bench.server.bodies("media")).toHaveLength(1);
    bench.chat.stop();
    await bench.pass(5_000);
    expect(bench.server.bodies("media")).toHaveLength(1);
  });

  it("[G6] after a welcome that keeps the room the present fact is said again, flowing or not", async () => {
    const bench = await inRoom();
    const { roomId } = bench;
    bench.server.drop();
    await bench.pass(3_000);
    expect(bench.said()).toEqual([
      { roomId, flowing: true },
      { roomId, flowing: true },
    ]);
    await bench.pass(6_000);
    bench.server.drop();
    bench.peer().onInterrupted();
    expect(bench.said()).toHaveLength(2);
    await bench.pass(3_000);
    // In the old generation, and in the one that the page has asked for.
    expect(bench.said().slice(2)).toEqual([
      { roomId, flowing: false },
      { roomId, flowing: false },
      { roomId, flowing: true },
    ]);
  });

  it("[G6] a welcome into no room is told nothing", async () => {
    const bench = await inRoom();
    bench.server.state = { kind: "idle" };
    bench.server.drop();
    await bench.pass(2_000);
    expect(bench.phase()).not.toBe("connected");
    expect(bench.said()).toHaveLength(1);
  });

  it("[G10] [R13] a new generation has a word of its own, because the service forgets", async () => {
    const bench = await inRoom();
    const { roomId } = bench;
    bench.server.partnerBack({ generation: 2 });
    await bench.settle();
    expect(bench.phase()).toBe("connected");
    expect(bench.said()).toEqual([
      { roomId, flowing: true },
      { roomId, flowing: false },
      { roomId, flowing: true },
    ]);
    expect(bench.generations()).toEqual([1, 2, 2]);
  });

  it("[G6] a report that is refused as late, or lost, costs the call nothing", async () => {
    const bench = await inRoom();
    bench.server.answer("media", "not_in_room");
    bench.peer().onInterrupted();
    await bench.settle();
    bench.server.answer("media", "never");
    bench.peer().onConnected();
    // A socket that gives no answer is given up, and the fact is told to the next one.
    await bench.pass(5_000);
    bench.server.answer("media", "usual");
    await bench.pass(6_000);
    expect(bench.phase()).toBe("connected");
    expect(bench.peers.opened).toHaveLength(1);
    expect(bench.server.sockets.length).toBeGreaterThan(1);
    expect(bench.said().at(-1)).toEqual({ roomId: bench.roomId, flowing: true });
  });

  it("[G2] [G6] a partner who fell silent while media flows changes nothing on the screen until the grace ends", async () => {
    const bench = await inRoom();
    const { roomId } = bench;
    const phases: string[] = [];
    bench.chat.on("phase", ({ phase }) => phases.push(phase));
    bench.server.emit("partner-away", { roomId, cause: "silent", graceMs: 9_000 });
    await bench.pass(8_999);
    expect(phases).toEqual([]);
    expect(bench.phase()).toBe("connected");
    expect(bench.said()).toHaveLength(1);
    bench.server.partnerLeaves();
    expect(phases).toEqual(["partner-left"]);
  });

  it("[G6] offline there is nobody to tell, and no timer waits to", async () => {
    const bench = await inRoom();
    bench.server.behaviour = SOCKET_UNREACHABLE;
    bench.server.drop();
    for (let n = 0; n < 5; n += 1) {
      bench.peer().onInterrupted();
      bench.peer().onConnected();
    }
    expect(bench.said()).toHaveLength(1);
    bench.chat.stop();
    expect(bench.held()).toEqual({ sockets: 0, peers: 0, tracks: 0, timers: 0 });
  });
});
