import { expect, it } from "vitest";
import type { PeerReading } from "../../../src/peer/peer-link.port.ts";
import { engineBench, NOTHING_READ, PEER_CONNECTS } from "../../../src/testing/index.ts";

/** A call whose readings are what `next` says, ten of them a second. */
async function inCall(first: () => Partial<PeerReading>) {
  const bench = engineBench();
  bench.peers.behaviour = PEER_CONNECTS;
  bench.chat.start();
  await bench.settle();
  bench.server.match();
  await bench.settle();
  const peer = () => bench.peers.current() ?? expect.fail("there is no peer connection");
  let next = first;
  const pass = async (byMs: number) => {
    for (let passed = 0; passed < byMs; passed += 100) {
      peer().reading = { ...NOTHING_READ, ...next() };
      await bench.pass(100);
    }
  };
  await pass(8_000);
  return {
    ...bench,
    peer,
    pass,
    read: (other: () => Partial<PeerReading>) => {
      next = other;
    },
    phase: () => bench.chat.getSnapshot().status.phase,
    level: () => bench.chat.getSnapshot().quality?.level,
    stopped: () => bench.server.bodies("media").filter(({ flowing }) => !flowing),
  };
}

const UNKNOWN: Partial<PeerReading> = {
  bytesReceived: undefined,
  bytesSent: undefined,
  bytesOf: undefined,
  packetsReceived: undefined,
  packetsLost: undefined,
  framesDecoded: undefined,
};

const growing = (bytesOf: string) => {
  let bytes = 0;
  return () => {
    bytes += 1_000;
    return { bytesReceived: bytes, bytesSent: bytes, bytesOf };
  };
};

it("[L1] [L7] [G6] where the browser counts nothing, nothing is taken for silence", async () => {
  const bench = await inCall(() => UNKNOWN);
  await bench.pass(30_000);
  expect(bench.level()).toBe("good");
  expect(bench.phase()).toBe("connected");
  expect(bench.stopped()).toEqual([]);
  expect(bench.peer().restarts).toEqual([]);
});

it("[L1] [L2] where the browser counts nothing, ICE's word alone interrupts a call, and alone ends that", async () => {
  const bench = await inCall(() => UNKNOWN);
  bench.peer().handlers.onInterrupted();
  expect(bench.phase()).toBe("reconnecting");
  expect(bench.peer().restarts).toEqual(["partner"]);
  await bench.pass(1_000);
  bench.peer().handlers.onConnected();
  await bench.pass(1_000);
  expect(bench.phase()).toBe("connected");
});

it("[L1] [L7] [G6] a browser that counts by pairs of candidates hears silence as any other one, and the end of it by the next pair", async () => {
  const bench = await inCall(growing("pair 1"));
  bench.read(() => ({ bytesReceived: 9_000_000, bytesSent: 9_000_000, bytesOf: "pair 1" }));
  await bench.pass(200);
  expect(bench.peer().restarts).toEqual([]);
  await bench.pass(4_000);
  expect(bench.level()).toBe("stalled");
  expect(bench.stopped()).toHaveLength(1);
  expect(bench.peer().restarts.length).toBeGreaterThanOrEqual(1);
  // The restart has found another pair, which counts from the start.
  bench.read(growing("pair 2"));
  await bench.pass(1_500);
  expect(bench.server.bodies("media").at(-1)).toMatchObject({ flowing: true });
  expect(bench.level()).not.toBe("stalled");
});
