import type { CallReport } from "@serendip/protocol";
import { describe, expect, it } from "vitest";
import {
  type EngineBench,
  engineBench,
  NOTHING_READ,
  PEER_CONNECTS,
  PEER_NEVER_CONNECTS,
  type PeerBehaviour,
  SOCKET_UNREACHABLE,
} from "../../src/testing/index.ts";

/** What a page among doubles needs for the way to a room, after the 6 s of `inRoom`. */
const STRETCHES = { tokenMs: 0, helloMs: 0, cameraMs: 0, matchMs: 6_000 };

const NOTHING_RECOVERED = { byItself: 0, byRestart: 0, byRebuild: 0 };

/** Somebody who was put into a room after a stable connection to the service. */
async function inRoom(
  behaviour: PeerBehaviour = PEER_CONNECTS,
  settled: Partial<EngineBench["server"]> = {},
) {
  const bench = engineBench();
  bench.peers.behaviour = behaviour;
  Object.assign(bench.server, settled);
  bench.chat.start();
  await bench.pass(6_000);
  const { roomId } = bench.server.match();
  await bench.settle();
  return {
    ...bench,
    roomId,
    peer: () => bench.peers.current() ?? expect.fail("there is no peer connection"),
    told: (): readonly CallReport[] => bench.server.bodies("call-report"),
    order: () => bench.server.sent.map(({ event }) => event),
  };
}

describe("the report of a call", () => {
  it("[C62] [H2] tells once, after Next, that media flowed, how soon, how long and which way", async () => {
    const bench = await inRoom(PEER_NEVER_CONNECTS);
    await bench.pass(700);
    bench.peer().handlers.onConnected();
    const route = { local: "relay", remote: "srflx", protocol: "tcp" } as const;
    bench.peer().reading = { ...NOTHING_READ, route };
    await bench.pass(8_000);
    expect(bench.told()).toEqual([]);
    bench.chat.next();
    await bench.pass(10_000);
    expect(bench.told()).toEqual([
      {
        roomId: bench.roomId,
        outcome: "connected",
        ice: "none",
        firstMediaMs: 700,
        talkedMs: 8_000,
        route,
        recovered: NOTHING_RECOVERED,
        stretches: STRETCHES,
        end: "next",
      },
    ]);
  });

  it("[H2] leaves the page before the leave of a Stop, which closes the connection", async () => {
    const bench = await inRoom();
    bench.chat.stop();
    expect(bench.order().slice(-2)).toEqual(["call-report", "leave"]);
    expect(bench.told()).toMatchObject([{ roomId: bench.roomId, outcome: "connected", end: "stop" }]);
    await bench.pass(5_000);
    expect(bench.told()).toHaveLength(1);
    expect(bench.held()).toEqual({ sockets: 0, peers: 0, tracks: 0, timers: 0 });
  });

  it("[H2] says that the partner left", async () => {
    const bench = await inRoom();
    await bench.pass(2_000);
    bench.server.partnerLeaves();
    await bench.settle();
    expect(bench.told()).toMatchObject([{ outcome: "connected", talkedMs: 2_000, end: "partner-left" }]);
  });

  it("[H2] a connection that is given up, by this side or the partner's, has failed", async () => {
    const here = await inRoom(PEER_NEVER_CONNECTS);
    await here.pass(60_000);
    const there = await inRoom(PEER_NEVER_CONNECTS);
    there.server.requeue("media-failed");
    await there.settle();
    for (const { told, roomId } of [here, there])
      expect(told()).toEqual([
        {
          roomId,
          outcome: "failed",
          ice: "none",
          recovered: NOTHING_RECOVERED,
          stretches: STRETCHES,
          end: "media-failed",
        },
      ]);
  });

  it("[H2] who leaves before the connection stands has abandoned it, which is no failure", async () => {
    const next = await inRoom(PEER_NEVER_CONNECTS);
    next.chat.next();
    const stop = await inRoom(PEER_NEVER_CONNECTS);
    stop.chat.stop();
    const left = await inRoom(PEER_NEVER_CONNECTS);
    left.server.partnerLeaves();
    const unready = await inRoom(PEER_NEVER_CONNECTS);
    unready.server.requeue("timeout");
    const said = [];
    for (const bench of [next, stop, left, unready]) {
      await bench.settle();
      expect(bench.told()).toHaveLength(1);
      said.push([bench.told()[0]?.outcome, bench.told()[0]?.end]);
    }
    expect(said).toEqual([
      ["abandoned", "next"],
      ["abandoned", "stop"],
      ["abandoned", "partner-left"],
      ["abandoned", "other"],
    ]);
  });

  it("[C62] [H2] counts an interruption that was overcome by what overcame it", async () => {
    const bench = await inRoom();
    bench.server.partnerBack({ generation: 2 });
    await bench.settle();
    expect(bench.chat.getSnapshot().status.phase).toBe("connected");
    await bench.pass(1_000);
    bench.chat.next();
    await bench.settle();
    expect(bench.told()).toMatchObject([{ recovered: { byItself: 0, byRestart: 0, byRebuild: 1 } }]);
  });

  it("[H2] each room has a report of its own", async () => {
    const bench = await inRoom();
    bench.chat.next();
    await bench.settle();
    const second = bench.server.match();
    await bench.pass(1_000);
    bench.chat.stop();
    expect(bench.told().map(({ roomId, end }) => [roomId, end])).toEqual([
      [bench.roomId, "next"],
      [second.roomId, "stop"],
    ]);
  });

  it("[H2] a page that comes back after a reload does not know when the match was", async () => {
    const before = await inRoom();
    const after = before.reload();
    after.chat.subscribe(() => {});
    await after.pass(4_000);
    expect(after.chat.getSnapshot().status.phase).toBe("connected");
    after.chat.next();
    await after.settle();
    const [report] = before.server.bodies("call-report");
    expect(report).toMatchObject({ roomId: before.roomId, outcome: "connected", end: "next" });
    expect(report).not.toHaveProperty("firstMediaMs");
  });

  it("[H2] offline it waits for the same session's next welcome", async () => {
    const bench = await inRoom();
    bench.server.behaviour = SOCKET_UNREACHABLE;
    bench.server.drop();
    await bench.pass(500);
    bench.chat.next();
    await bench.pass(2_000);
    expect(bench.told()).toEqual([]);
    bench.server.behaviour = { type: "accepts" };
    await bench.pass(15_000);
    expect(bench.told()).toMatchObject([{ roomId: bench.roomId, end: "next" }]);
  });

  it("[H2] a report without an answer is told again, and one that is refused is not", async () => {
    const lost = await inRoom();
    lost.server.answer("call-report", "never");
    lost.chat.next();
    await lost.pass(2_000);
    lost.server.answer("call-report", "usual");
    lost.server.drop();
    await lost.pass(10_000);
    expect(lost.told().length).toBe(2);

    const refused = await inRoom();
    refused.server.answer("call-report", "not_in_room");
    refused.chat.next();
    await refused.pass(2_000);
    refused.server.drop();
    await refused.pass(10_000);
    expect(refused.told()).toHaveLength(1);
    expect(refused.chat.getSnapshot().status.phase).toBe("searching");
  });

  it("[H2] without a room there is nothing to tell", async () => {
    const bench = engineBench();
    bench.chat.start();
    await bench.pass(3_000);
    bench.chat.stop();
    expect(bench.server.bodies("call-report")).toEqual([]);
  });
});
