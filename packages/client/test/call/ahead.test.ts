import type { GivenIceServer } from "@serendip/protocol";
import { describe, expect, it } from "vitest";
import { AHEAD_LIFE_MS } from "../../src/call/ahead.ts";
import { engineBench, PEER_NEVER_CONNECTS } from "../../src/testing/index.ts";

const STUN: GivenIceServer = { urls: ["stun:stun.example.org"] };

async function searching(options: Parameters<typeof engineBench>[0] = {}) {
  const bench = engineBench(options);
  bench.chat.subscribe(() => {});
  bench.chat.start();
  await bench.pass(1_000);
  return bench;
}

describe("what is made for a partner who is not there yet", () => {
  it("[R19] nothing before a press, an offer for who waits in the queue, nothing after Stop", async () => {
    const bench = engineBench({ iceServers: [STUN] });
    bench.chat.subscribe(() => {});
    await bench.pass(60_000);
    expect(bench.peers.aheads).toEqual([]);
    bench.chat.start();
    await bench.settle();
    expect(bench.peers.aheads[0]).toMatchObject({ what: "connection" });
    await bench.pass(1_000);
    expect(bench.peers.ahead).toMatchObject({ what: "offer", iceServers: [{ urls: STUN.urls }] });
    bench.chat.stop();
    await bench.settle();
    expect(bench.held()).toEqual({ sockets: 0, peers: 0, tracks: 0, timers: 0 });
  });

  it("[R19] a call begins in peace; after a second there is a connection for the next partner", async () => {
    const bench = await searching();
    bench.server.match();
    await bench.settle();
    expect(bench.chat.getSnapshot().status.phase).toBe("connected");
    await bench.pass(900);
    expect(bench.peers.ahead).toBeUndefined();
    await bench.pass(200);
    expect(bench.peers.ahead).toMatchObject({ what: "connection" });
    expect(bench.peers.openCount()).toBe(1);
  });

  it("[R19] Next makes nothing before the server has answered", async () => {
    const bench = await searching();
    bench.server.match();
    await bench.pass(500);
    const before = bench.peers.aheads.length;
    bench.chat.next();
    expect(bench.peers.aheads).toHaveLength(before);
    await bench.pass(200);
    expect(bench.peers.ahead).toMatchObject({ what: "offer" });
  });

  it("[R19] [K5] nothing for who hides the address, and what there is goes with the wish", async () => {
    const bench = await searching();
    expect(bench.peers.ahead).toBeDefined();
    bench.chat.setRelayOnly(true);
    expect(bench.peers.ahead).toBeUndefined();
    await bench.pass(AHEAD_LIFE_MS * 2);
    expect(bench.peers.ahead).toBeUndefined();
    bench.chat.setRelayOnly(false);
    expect(bench.peers.ahead).toBeDefined();
  });

  it("[R19] it is made anew in another network, and after a minute", async () => {
    const bench = await searching();
    const made = () => bench.peers.aheads.filter((ahead) => ahead === undefined).length;
    bench.hints.changeNetwork();
    await bench.settle();
    expect(made()).toBe(1);
    expect(bench.peers.ahead).toMatchObject({ what: "offer" });
    await bench.pass(AHEAD_LIFE_MS + 1_000);
    expect(made()).toBe(2);
    expect(bench.peers.ahead).toMatchObject({ what: "offer" });
  });

  it("[R19] none stays beside a connection that is being made or mended", async () => {
    const bench = await searching();
    bench.peers.behaviour = PEER_NEVER_CONNECTS;
    bench.server.match();
    await bench.pass(3_000);
    expect(bench.chat.getSnapshot().status.phase).toBe("connecting");
    expect(bench.peers.ahead).toBeUndefined();
    bench.peers.current()?.handlers.onConnected();
    await bench.pass(2_000);
    expect(bench.peers.ahead).toBeDefined();
    bench.peers.current()?.handlers.onInterrupted();
    await bench.pass(10_000);
    expect(bench.chat.getSnapshot().status.phase).toBe("reconnecting");
    expect(bench.peers.ahead).toBeUndefined();
  });
});
