import type { Signal } from "@serendip/protocol";
import { describe, expect, it } from "vitest";
import { type EngineBench, engineBench } from "../../src/testing/index.ts";

const RESTART: Signal = { kind: "restart" };

async function inCall({ cumulativeAcks = true } = {}): Promise<EngineBench> {
  const bench = engineBench();
  bench.server.cumulativeAcks = cumulativeAcks;
  bench.chat.subscribe(() => {});
  bench.chat.start();
  await bench.settle();
  bench.server.match({ role: "responder" });
  await bench.settle();
  expect(bench.chat.getSnapshot().status.phase).toBe("connected");
  return bench;
}

async function say(bench: EngineBench, times = 1): Promise<void> {
  for (let time = 0; time < times; time += 1) bench.peers.current()?.handlers.onSignal(RESTART);
  await bench.settle();
}

/** How often the page has said hello, has asked for a new generation, and which generation it is in. */
const counts = ({ server, peers }: EngineBench) => ({
  hellos: server.sockets.length,
  rebuilds: server.bodies("rebuild").map(({ generation }) => generation),
  connections: peers.opened.length,
});

describe.each([
  ["", { cumulativeAcks: true }],
  [" by an older server, which acknowledges each", { cumulativeAcks: false }],
])("a signal that is not taken%s", (_, server) => {
  it("[R3] is missing before those after it: the page says hello anew, once for all of them, and sends what it kept", async () => {
    const bench = await inCall(server);
    bench.server.answer("signal", "bad_sequence");
    await say(bench, 10);
    bench.server.answer("signal", "usual");
    await bench.pass(5_000);
    expect(counts(bench)).toEqual({ hellos: 2, rebuilds: [], connections: 1 });
    expect(bench.server.bodies("signal").map(({ sequence }) => sequence)).toEqual([
      ...Array.from({ length: 10 }, (_, at) => at + 1),
      ...Array.from({ length: 10 }, (_, at) => at + 1),
    ]);
  });

  it("[R3] [R10] is missing again: the two begin anew, and the page stays online", async () => {
    const bench = await inCall(server);
    bench.server.answer("signal", "bad_sequence");
    await say(bench, 10);
    await bench.pass(1_000);
    bench.server.answer("signal", "usual");
    await bench.pass(60_000);
    expect(counts(bench)).toEqual({ hellos: 2, rebuilds: [1], connections: 2 });
    expect(bench.chat.getSnapshot()).toMatchObject({
      status: { phase: "connected" },
      signaling: { state: "online" },
    });
    await say(bench);
    expect(bench.server.bodies("signal").at(-1)).toMatchObject({ generation: 2, sequence: 1 });
  });

  it.each(["too_large", "bad_request"] as const)(
    "[R3] [R10] is refused (%s): no gap stays in the numbers, because the two begin anew",
    async (code) => {
      const bench = await inCall(server);
      bench.server.answer("signal", code);
      await say(bench, 5);
      bench.server.answer("signal", "usual");
      await bench.pass(60_000);
      expect(counts(bench)).toEqual({ hellos: 1, rebuilds: [1], connections: 2 });
    },
  );

  it("[R3] [R10] asks once for the new generation, however many signals were under way", async () => {
    const bench = await inCall(server);
    bench.server.answer("signal", "too_large");
    bench.server.answer("rebuild", "never");
    await say(bench, 5);
    expect(counts(bench).rebuilds).toEqual([1]);
  });

  it("[R3] has no end of refusals: the page goes on, online, and begins anew no faster than it takes in", async () => {
    const bench = await inCall(server);
    bench.server.answer("signal", "too_large");
    for (let second = 0; second < 60; second += 1) {
      await say(bench);
      await bench.pass(1_000);
    }
    expect(counts(bench).hellos).toBe(1);
    expect(counts(bench).connections).toBeLessThanOrEqual(25);
  });
});

it("[R11] [R10] the restarts of a generation are used up: the page asks for another one, and the call goes on", async () => {
  const bench = await inCall();
  const old = bench.peers.current();
  bench.server.answer("rebuild", "rate_limited");
  old?.handlers.onWornOut();
  await bench.settle();
  expect([old?.closed, bench.chat.getSnapshot().status.phase]).toEqual([false, "connected"]);
  bench.server.answer("rebuild", "usual");
  old?.handlers.onWornOut();
  await bench.settle();
  expect(counts(bench)).toEqual({ hellos: 1, rebuilds: [1, 1], connections: 2 });
  old?.handlers.onWornOut();
  expect([old?.closed, counts(bench).rebuilds]).toEqual([true, [1, 1]]);
});
