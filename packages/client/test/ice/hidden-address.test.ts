import type { IceServer } from "@serendip/protocol";
import { describe, expect, it } from "vitest";
import {
  type EngineBench,
  engineBench,
  PEER_CONNECTS,
  PEER_FAILS,
  PEER_NEVER_CONNECTS,
} from "../../src/testing/index.ts";

const STUN: IceServer = { urls: ["stun:stun.test:3478"] };
const TURN: IceServer = { urls: ["turn:turn.test:3478"], username: "somebody", credential: "secret" };

async function searching(): Promise<EngineBench> {
  const bench = engineBench();
  bench.server.iceServers = [STUN];
  bench.server.grant = { iceServers: [STUN, TURN] };
  bench.chat.start();
  await bench.settle();
  expect(phase(bench)).toBe("searching");
  return bench;
}

const phase = (bench: EngineBench) => bench.chat.getSnapshot().status.phase;
const finds = (bench: EngineBench) => bench.server.bodies("find");
const wishes = (bench: EngineBench) => finds(bench).map(({ relayOnly }) => relayOnly);
const newest = (bench: EngineBench) => bench.peers.opened.at(-1)?.options.relayOnly;

/** What brings a person from a room, or from a lost connection, back into the queue. */
const RETURNS: Readonly<Record<string, (bench: EngineBench) => Promise<void>>> = {
  "a call that does not connect": async (bench) => {
    bench.peers.behaviour = PEER_NEVER_CONNECTS;
    bench.server.match();
    await bench.settle();
    bench.chat.setRelayOnly(true);
    await bench.pass(15_500);
  },
  "a connection that fails": async (bench) => {
    bench.peers.behaviour = PEER_NEVER_CONNECTS;
    bench.server.match();
    await bench.settle();
    bench.chat.setRelayOnly(true);
    bench.peers.behaviour = PEER_FAILS;
    bench.server.partnerBack({ generation: 2 });
    await bench.settle();
  },
  "a partner who gives up": async (bench) => {
    bench.peers.behaviour = PEER_NEVER_CONNECTS;
    bench.server.match();
    await bench.settle();
    bench.chat.setRelayOnly(true);
    bench.server.requeue();
    await bench.settle();
  },
  "a partner who never says ready": async (bench) => {
    bench.peers.behaviour = PEER_NEVER_CONNECTS;
    bench.server.match();
    await bench.settle();
    bench.chat.setRelayOnly(true);
    bench.server.requeue("timeout");
    await bench.settle();
  },
  "a lost connection": async (bench) => {
    bench.server.drop();
    bench.chat.setRelayOnly(true);
    await bench.pass(5_000);
  },
  "a lost connection, told of a return to the queue": async (bench) => {
    bench.server.match();
    await bench.settle();
    bench.chat.setRelayOnly(true);
    const { state } = bench.server;
    if (state.kind !== "in-room") throw new Error("there is no room");
    bench.server.state = { kind: "queued", requestId: state.room.requestId };
    bench.server.drop();
    await bench.pass(5_000);
  },
};

/** The person wants to hide while nobody hears us, and the server has found a partner meanwhile. */
function matchAcrossWish({ server, chat }: EngineBench): void {
  const { state } = server;
  if (state.kind !== "queued") throw new Error("nobody waits");
  const { requestId } = state;
  server.drop();
  chat.setRelayOnly(true);
  server.state = {
    kind: "in-room",
    room: { roomId: "crossed", generation: 1, role: "initiator", partner: "present", requestId },
  };
}

describe("the wish that nobody sees one's address, made on the way", () => {
  it("[K5] while one waits: the server hears of it at once, the wait goes on, and so it is taken back", async () => {
    const bench = await searching();
    const { status } = bench.chat.getSnapshot();
    await bench.pass(8_000);
    bench.chat.setRelayOnly(true);
    bench.chat.setRelayOnly(true);
    await bench.settle();
    expect(wishes(bench)).toEqual([undefined, true]);
    expect(new Set(finds(bench).map(({ requestId }) => requestId)).size).toBe(2);
    expect(bench.chat.getSnapshot().status).toMatchObject({
      phase: "searching",
      since: (status as { since: number }).since,
    });
    bench.chat.setRelayOnly(false);
    await bench.settle();
    expect(wishes(bench)).toEqual([undefined, true, undefined]);
    bench.chat.setRelayOnly(true);
    await bench.settle();
    bench.server.match();
    await bench.settle();
    expect(newest(bench)).toBe(true);
    expect(bench.server.bodies("leave")).toEqual([]);
  });

  it("[K5] and taken back before it was heard of: nothing is said twice", async () => {
    const bench = await searching();
    bench.server.drop();
    bench.chat.setRelayOnly(true);
    bench.chat.setRelayOnly(false);
    await bench.pass(5_000);
    expect(wishes(bench)).toEqual([undefined]);
    expect(phase(bench)).toBe("searching");
  });

  it.each(Object.keys(RETURNS))("[K5] [M7] before %s: the next match is relay only", async (name) => {
    const bench = await searching();
    await RETURNS[name]?.(bench);
    expect(phase(bench)).toBe("searching");
    expect(wishes(bench)).toEqual([undefined, true]);
    bench.peers.behaviour = PEER_CONNECTS;
    bench.server.match();
    await bench.settle();
    expect(newest(bench)).toBe(true);
  });

  it("[K5] before a reload: the search that goes on says it", async () => {
    const bench = await searching();
    bench.server.match();
    await bench.settle();
    bench.chat.setRelayOnly(true);
    bench.server.requeue("timeout");
    bench.server.answer("find", "never");
    const after = bench.reload();
    bench.server.answer("find", "usual");
    after.chat.subscribe(() => {});
    await after.pass(1_000);
    expect(wishes(after).at(-1)).toBe(true);
    after.server.match();
    await after.settle();
    expect(newest(after)).toBe(true);
  });

  it("[K5] a match that crosses it on the wire opens nothing: the room is left by the find that is under way", async () => {
    const bench = await searching();
    const { state } = bench.server;
    if (state.kind !== "queued") throw new Error("nobody waits");
    bench.chat.setRelayOnly(true);
    bench.server.emit("matched", {
      room: {
        roomId: "crossed",
        generation: 1,
        role: "initiator",
        partner: "present",
        requestId: state.requestId,
      },
      ticket: "ticket",
    });
    await bench.settle();
    expect(bench.peers.opened).toEqual([]);
    expect(bench.server.bodies("ready")).toEqual([]);
    expect(phase(bench)).toBe("searching");
  });

  it("[K5] a match for the older wish that is learnt of later shows no address either, in any generation", async () => {
    const bench = await searching();
    const { state } = bench.server;
    if (state.kind !== "queued") throw new Error("nobody waits");
    bench.server.drop();
    bench.chat.setRelayOnly(true);
    const room = {
      roomId: "crossed",
      generation: 1,
      role: "initiator",
      partner: "present",
      requestId: state.requestId,
    } as const;
    bench.server.state = { kind: "in-room", room };
    await bench.pass(5_000);
    expect(phase(bench)).toBe("connected");
    bench.server.partnerBack({ generation: 3, role: "responder" });
    await bench.settle();
    expect(bench.peers.opened.map(({ options }) => options.relayOnly)).toEqual([true, true]);
  });

  it("[K5] such a match shows none after reloads either, though the wish was taken back in it, and the next one does", async () => {
    const bench = await searching();
    matchAcrossWish(bench);
    await bench.pass(5_000);
    bench.chat.setRelayOnly(false);
    const first = bench.reload();
    first.chat.subscribe(() => {});
    await first.pass(3_000);
    expect([phase(first), newest(first)]).toEqual(["connected", true]);
    const second = first.reload();
    second.chat.subscribe(() => {});
    await second.pass(3_000);
    expect([phase(second), newest(second)]).toEqual(["connected", true]);
    second.chat.next();
    await second.settle();
    expect(wishes(second).at(-1)).toBeUndefined();
    second.server.match();
    await second.settle();
    expect(newest(second)).toBe(false);
  });

  it("[K14] such a match ends the search where there is no relay to hide behind", async () => {
    const bench = await searching();
    bench.server.grant = { iceServers: [STUN] };
    matchAcrossWish(bench);
    await bench.pass(5_000);
    expect(bench.chat.getSnapshot().status).toMatchObject({
      phase: "failed",
      error: { code: "relay-unavailable" },
    });
    expect(bench.server.bodies("leave")).toHaveLength(1);
  });
});

describe("a connection through relays only", () => {
  it("[K3] [K5] gets with its fresh credentials all of its servers, as at its opening, those that seem broken too", async () => {
    const bench = engineBench();
    const fresh: IceServer = { ...TURN, credential: "fresh" };
    bench.server.iceServers = [STUN];
    bench.server.grant = { iceServers: [STUN, TURN], expiresInMs: 250_000 };
    bench.gatherer.outcomes = (url) => (url.startsWith("turn:") ? "unauthorized" : "answered");
    bench.chat.start();
    await bench.settle();
    bench.server.match({ relayOnly: true });
    await bench.settle();
    const peer = bench.peers.current();
    expect(peer?.iceServers).toEqual([STUN, TURN]);
    bench.server.grant = { iceServers: [STUN, fresh], expiresInMs: 250_000 };
    await bench.pass(200_000);
    expect(bench.peers.current()).toBe(peer);
    expect(peer?.iceServers).toEqual([STUN, fresh]);
  });
});
