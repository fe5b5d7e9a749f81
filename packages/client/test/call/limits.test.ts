import type { ClientEvent } from "@serendip/protocol";
import { errorBody } from "@serendip/protocol";
import { describe, expect, it } from "vitest";
import { type EngineBench, engineBench, PEER_FAILS } from "../../src/testing/index.ts";

const NOTHING_HELD = { sockets: 0, peers: 0, tracks: 0, timers: 0 };

/** What the server takes of `find`: so many at once, then one each second. */
const FEW = { burst: 2, perSecond: 1 };

async function searching(): Promise<EngineBench> {
  const bench = engineBench();
  bench.chat.subscribe(() => {});
  bench.chat.start();
  await bench.settle();
  expect(bench.chat.getSnapshot().status.phase).toBe("searching");
  return bench;
}

async function inCall(): Promise<EngineBench> {
  const bench = await searching();
  bench.server.match();
  await bench.settle();
  expect(bench.chat.getSnapshot().status.phase).toBe("connected");
  return bench;
}

/** A call whose Next has come too soon. */
async function inPause(): Promise<EngineBench> {
  const bench = await inCall();
  bench.server.answer("find", errorBody("rate_limited", undefined, 3_000));
  bench.chat.next();
  await bench.settle();
  bench.server.answer("find", "usual");
  return bench;
}

const asked = ({ server }: EngineBench, event: ClientEvent) => server.bodies(event).length;

describe("a press that comes too soon", () => {
  it("[B10] leaves the partner at once on this side, says when the search goes on, and asks the same again exactly then", async () => {
    const bench = await inPause();
    const { now } = bench.clock;
    expect(bench.peers.openCount()).toBe(0);
    expect(bench.chat.getSnapshot()).toMatchObject({
      status: { phase: "searching", askAt: now() + 3_000 },
      problem: undefined,
      remoteStream: undefined,
    });
    const finds = bench.server.bodies("find");
    await bench.pass(2_999);
    expect(asked(bench, "find")).toBe(finds.length);
    await bench.pass(1);
    expect(bench.server.bodies("find").slice(finds.length)).toEqual([finds.at(-1)]);
    expect(bench.chat.getSnapshot().status).not.toHaveProperty("askAt");
    expect(bench.server.state.kind).toBe("queued");
  });

  it("[B10] never shows the partner again, who is still in the room as far as the server knows", async () => {
    const bench = await inPause();
    const { state } = bench.server;
    if (state.kind !== "in-room") throw new Error("the server has heard of it");
    bench.server.partnerBack({ generation: 2 });
    bench.server.signal(1, { kind: "offer", sdp: "v=0" }, 2);
    bench.server.emit("matched", { room: state.room });
    bench.server.drop();
    await bench.pass(1_500);
    expect(bench.chat.getSnapshot()).toMatchObject({
      status: { phase: "searching" },
      signaling: { state: "online" },
    });
    expect(bench.peers.openCount()).toBe(0);
    await bench.pass(1_500);
    expect(bench.server.state.kind).toBe("queued");
  });

  it("[B10] is one of fifty: one room at a time, no error, no question before its time, and in the end a search", async () => {
    const bench = await inCall();
    bench.server.limits.set("find", FEW);
    const errors: string[] = [];
    bench.chat.on("error", ({ code }) => errors.push(code));
    let rooms = 0;
    for (let press = 0; press < 50; press += 1) {
      bench.chat.next();
      await bench.pass(100);
      if (bench.server.state.kind !== "queued") continue;
      bench.server.match();
      await bench.settle();
      rooms += 1;
    }
    bench.chat.next();
    await bench.pass(2_000);
    expect(bench.chat.getSnapshot()).toMatchObject({ status: { phase: "searching" }, problem: undefined });
    expect(bench.server.state.kind).toBe("queued");
    expect(rooms).toBeGreaterThan(4);
    expect(errors).toEqual([]);
    expect(bench.peers.mostOpen()).toBe(1);
    expect(bench.server.limits.early()).toBe(0);
  });

  it("[B10] goes on with the newest wish, and asks only once for it", async () => {
    const bench = await inPause();
    const before = asked(bench, "find");
    for (let press = 0; press < 3; press += 1) {
      bench.chat.next();
      bench.chat.start();
      bench.chat.setRelayOnly(press % 2 === 0);
      await bench.pass(200);
    }
    expect(asked(bench, "find")).toBe(before);
    await bench.pass(3_000);
    expect(bench.server.bodies("find").slice(before)).toMatchObject([{ relayOnly: true }]);
  });

  it("[B10] keeps its pause over a reconnect, and over Stop and Start", async () => {
    const bench = await inPause();
    const before = asked(bench, "find");
    bench.server.drop();
    await bench.pass(1_000);
    bench.chat.stop();
    bench.chat.start();
    await bench.pass(1_900);
    expect(bench.chat.getSnapshot()).toMatchObject({
      status: { phase: "searching" },
      signaling: { state: "online" },
    });
    expect(asked(bench, "find")).toBe(before);
    await bench.pass(200);
    expect(asked(bench, "find")).toBe(before + 1);
  });
});

describe("Stop in a pause", () => {
  it("[B10] stops at once on this side, and closes the connection when the server has heard of it", async () => {
    const bench = await inPause();
    bench.server.answer("leave", errorBody("rate_limited", undefined, 2_000));
    bench.chat.stop();
    expect(bench.chat.getSnapshot().status.phase).toBe("idle");
    expect(bench.held()).toMatchObject({ peers: 0, tracks: 0, sockets: 1 });
    await bench.settle();
    bench.server.answer("leave", "usual");
    await bench.pass(1_999);
    expect([asked(bench, "leave"), bench.server.state.kind]).toEqual([1, "in-room"]);
    await bench.pass(1);
    expect([asked(bench, "leave"), bench.server.state.kind]).toEqual([2, "idle"]);
    expect(bench.held()).toEqual(NOTHING_HELD);
    expect(bench.chat.getSnapshot()).toMatchObject({ signaling: { state: "closed" }, problem: undefined });
    await bench.pass(60_000);
    expect(asked(bench, "find")).toBe(2);
  });

  it.each([
    [
      "a match",
      ({ server }: EngineBench) => {
        server.state = { kind: "queued", requestId: "old" };
        server.match();
      },
    ],
    ["the end of the connection", ({ server }: EngineBench) => server.drop()],
    ["dispose", ({ chat }: EngineBench) => chat.dispose()],
    ["the page's going", ({ hints }: EngineBench) => hints.leave("kept")],
  ])("[B10] waits no longer than until %s", async (_, meet) => {
    const bench = await inPause();
    bench.server.answer("leave", errorBody("rate_limited", undefined, 60_000));
    bench.chat.stop();
    await bench.settle();
    meet(bench);
    await bench.settle();
    expect(bench.held()).toEqual(NOTHING_HELD);
    await bench.pass(120_000);
    expect(bench.held()).toEqual(NOTHING_HELD);
  });

  it("[B10] is replaced by Start: the search goes on at its time, and nothing leaves it", async () => {
    const bench = await inPause();
    bench.server.answer("leave", errorBody("rate_limited", undefined, 10_000));
    bench.chat.stop();
    await bench.settle();
    bench.server.answer("leave", "usual");
    bench.chat.start();
    await bench.pass(4_000);
    expect(bench.server.state.kind).toBe("queued");
    await bench.pass(10_000);
    expect(bench.server.state.kind).toBe("queued");
    expect(asked(bench, "leave")).toBe(1);
    expect(bench.server.openSockets()).toBe(1);
  });
});

describe("what a page says by itself", () => {
  const LATER = errorBody("rate_limited", undefined, 1_500);

  it("[B10] ready is said again, in the same words, exactly when its time is over", async () => {
    const bench = await searching();
    bench.server.answer("ready", LATER);
    bench.server.match();
    await bench.settle();
    bench.server.answer("ready", "usual");
    await bench.pass(1_499);
    expect(asked(bench, "ready")).toBe(1);
    await bench.pass(1);
    const [first, second] = bench.server.bodies("ready");
    expect(asked(bench, "ready")).toBe(2);
    expect(second).toEqual(first);
  });

  it("[B10] ready of a room that is over is not said any more", async () => {
    const bench = await searching();
    bench.server.answer("ready", LATER);
    bench.server.match();
    await bench.settle();
    bench.server.partnerLeaves();
    await bench.pass(1_500);
    expect(asked(bench, "ready")).toBe(1);
    bench.chat.stop();
    expect(bench.held()).toEqual(NOTHING_HELD);
  });

  it("[B10] give-up is said again, exactly when its time is over, until the server has put the person back", async () => {
    const bench = await searching();
    bench.server.answer("give-up", LATER);
    bench.peers.behaviour = PEER_FAILS;
    bench.server.match();
    await bench.pass(1_400);
    expect([asked(bench, "give-up"), bench.server.state.kind]).toEqual([1, "in-room"]);
    bench.server.answer("give-up", "usual");
    await bench.pass(100);
    expect([asked(bench, "give-up"), bench.server.state.kind]).toEqual([2, "queued"]);
    expect(bench.chat.getSnapshot().problem?.code).toBe("peer-failed");
  });

  it("[B10] rebuild is said again; of two kept ones only the newer", async () => {
    const bench = await inCall();
    bench.server.answer("rebuild", LATER);
    for (let time = 0; time < 3; time += 1) bench.peers.current()?.handlers.onWornOut();
    await bench.settle();
    bench.server.answer("rebuild", "usual");
    const before = asked(bench, "rebuild");
    await bench.pass(1_500);
    expect(asked(bench, "rebuild")).toBe(before + 1);
    expect(bench.chat.getStatus().generation).toBe(2);
  });

  it("[B10] a call's report is kept until it is taken", async () => {
    const bench = await inCall();
    bench.server.answer("call-report", LATER);
    bench.server.partnerLeaves();
    await bench.settle();
    bench.server.answer("call-report", "usual");
    await bench.pass(1_500);
    const [first, second, third] = bench.server.bodies("call-report");
    expect([second, third]).toEqual([first, undefined]);
  });

  it("[B10] a report that waits when the connection is lost is told to the next one", async () => {
    const bench = await inCall();
    bench.server.answer("call-report", LATER);
    bench.server.partnerLeaves();
    await bench.settle();
    bench.server.drop();
    bench.server.answer("call-report", "usual");
    await bench.pass(5_000);
    expect(asked(bench, "call-report")).toBe(2);
  });

  it("[B10] status is asked again at its time, and is no reason to say anything", async () => {
    const bench = await searching();
    bench.server.answer("status", LATER);
    await bench.pass(6_000);
    const before = asked(bench, "status");
    bench.server.answer("status", "usual");
    await bench.pass(1_499);
    expect(asked(bench, "status")).toBe(before);
    await bench.pass(1);
    expect(asked(bench, "status")).toBe(before + 1);
    expect(bench.chat.getSnapshot().problem).toBeUndefined();
  });
});
