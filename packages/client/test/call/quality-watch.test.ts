import { describe, expect, it } from "vitest";
import {
  engineBench,
  NOTHING_READ,
  PEER_CONNECTS,
  PEER_NEVER_CONNECTS,
  type PeerBehaviour,
} from "../../src/testing/index.ts";

const ROUTE = { local: "relay", remote: "srflx", protocol: "udp" } as const;

async function inCall(behaviour: PeerBehaviour = PEER_CONNECTS) {
  const bench = engineBench();
  bench.peers.behaviour = behaviour;
  bench.chat.start();
  await bench.settle();
  bench.server.match();
  await bench.settle();
  const peer = () => bench.peers.current() ?? expect.fail("there is no peer connection");
  const flow = async (seconds: number, framesPerQuarter = 5) => {
    for (let quarter = 0; quarter < seconds * 4; quarter += 1) {
      const last = peer().reading ?? NOTHING_READ;
      peer().reading = {
        ...last,
        bytesReceived: (last.bytesReceived ?? 0) + 31_250,
        bytesSent: (last.bytesSent ?? 0) + 15_625,
        packetsReceived: (last.packetsReceived ?? 0) + 25,
        framesDecoded: (last.framesDecoded ?? 0) + framesPerQuarter,
        roundTripMs: 30,
        route: ROUTE,
      };
      await bench.pass(250);
    }
  };
  return { ...bench, flow, quality: () => bench.chat.getSnapshot().quality };
}

describe("the quality in the snapshot", () => {
  it("[C58] comes after two readings and follows the call", async () => {
    const bench = await inCall();
    await bench.flow(1);
    expect(bench.quality()).toBeUndefined();
    await bench.flow(5);
    expect(bench.quality()).toEqual({
      level: "good",
      lossPercent: 0,
      roundTripMs: 30,
      inKbps: 1_000,
      outKbps: 500,
      route: "relayed",
    });
    await bench.pass(3_000);
    expect(bench.quality()?.level).toBe("stalled");
  });

  it("[C58] a connection that took long to come about has not stalled", async () => {
    const bench = await inCall(PEER_NEVER_CONNECTS);
    await bench.pass(6_000);
    expect(bench.quality()).toBeUndefined();
    bench.peers.current()?.handlers.onConnected();
    await bench.flow(3);
    expect(bench.quality()?.level).toBe("good");
  });

  it("[C58] a partner who says that camera and microphone are off has not stalled", async () => {
    const bench = await inCall();
    await bench.flow(3);
    bench.peers.current()?.handlers.onPartnerMedia({ camera: false, microphone: false });
    await bench.pass(5_000);
    expect(bench.quality()?.level).toBe("good");
  });

  it("[R9] [C58] a partner whose camera is paused by the system has not got poor", async () => {
    const bench = await inCall();
    await bench.flow(3);
    bench.peers.current()?.handlers.onPartnerMedia({ camera: false, microphone: true, cameraPaused: true });
    await bench.flow(10, 0);
    expect(bench.quality()?.level).toBe("good");
    bench.peers.current()?.handlers.onPartnerMedia({ camera: true, microphone: true });
    await bench.flow(10, 0);
    expect(bench.quality()?.level).toBe("poor");
  });

  it("[C58] is gone with the call, and begins anew with the next one", async () => {
    const bench = await inCall();
    await bench.flow(3);
    bench.chat.next();
    await bench.settle();
    expect(bench.quality()).toBeUndefined();
    bench.server.match();
    await bench.flow(1);
    expect(bench.quality()).toBeUndefined();
    await bench.flow(2);
    expect(bench.quality()?.level).toBe("good");
    bench.chat.stop();
    await bench.settle();
    expect(bench.quality()).toBeUndefined();
    expect(bench.held().timers).toBe(0);
  });

  it("[C58] figures that stay the same make no new snapshot", async () => {
    const bench = await inCall();
    await bench.flow(8);
    const before = bench.chat.getSnapshot();
    await bench.flow(3);
    expect(bench.chat.getSnapshot()).toBe(before);
  });
});
