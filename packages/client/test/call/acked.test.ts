import { LIMITS, type Signal, TIMES } from "@serendip/protocol";
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
  // Long enough to count as a stable connection.
  await bench.pass(6_000);
  return bench;
}

async function say(bench: EngineBench, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) bench.peers.current()?.handlers.onSignal(RESTART);
  await bench.settle();
}

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at);
const said = ({ server }: EngineBench) => server.bodies("signal").map(({ sequence }) => sequence);
const hellos = ({ server }: EngineBench) => server.sockets.length;

describe("signals that are acknowledged together", () => {
  it("[R20] [W3] ask for no acknowledgement each where hello and welcome say so, and for one each otherwise", async () => {
    for (const cumulativeAcks of [true, false]) {
      const bench = await inCall({ cumulativeAcks });
      expect(bench.server.sockets[0]?.hello.cumulativeAcks).toBe(true);
      await say(bench, 3);
      const signals = bench.server.sent.filter(({ event }) => event === "signal");
      expect(signals.map(({ isBare = false }) => isBare)).toEqual(numbers(1, 3).map(() => cumulativeAcks));
    }
  });

  it("[R3] [R20] are sent again from the first number that is not acknowledged, over the next connection", async () => {
    const bench = await inCall();
    await say(bench, LIMITS.signalsPerAck + 2);
    bench.server.drop();
    await bench.pass(2_000);
    expect(hellos(bench)).toBe(2);
    const { signalsPerAck } = LIMITS;
    expect(said(bench).slice(signalsPerAck + 2)).toEqual(numbers(signalsPerAck + 1, signalsPerAck + 2));
    await bench.pass(TIMES.ackMs);
    bench.server.drop();
    await bench.pass(2_000);
    expect([hellos(bench), said(bench).length]).toEqual([3, signalsPerAck + 4]);
  });

  it("[R3] [R20] are sent again over a connection to an older server, and then to a newer one", async () => {
    const bench = await inCall();
    await say(bench, 2);
    bench.server.cumulativeAcks = false;
    bench.server.drop();
    await bench.pass(2_000);
    expect(said(bench)).toEqual([1, 2, 1, 2]);
    await bench.pass(6_000);
    bench.server.cumulativeAcks = true;
    await say(bench, 1);
    bench.server.drop();
    await bench.pass(2_000);
    expect([said(bench), bench.server.signals.missing()]).toEqual([[1, 2, 1, 2, 3], 0]);
  });

  it("[R3] [R20] come to the server each once, when the acknowledgements get lost: the connection is replaced, as after any unanswered request", async () => {
    const bench = await inCall();
    bench.server.acks = "lost";
    await say(bench, 3);
    await bench.pass(TIMES.replyMs + TIMES.ackMs - 100);
    expect(hellos(bench)).toBe(1);
    bench.server.acks = "usual";
    await bench.pass(1_000);
    expect([hellos(bench), said(bench)]).toEqual([2, [1, 2, 3, 1, 2, 3]]);
    expect(bench.server.signals.taken.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    await bench.pass(60_000);
    expect([hellos(bench), said(bench).length]).toEqual([2, 6]);
    expect(bench.chat.getSnapshot()).toMatchObject({
      status: { phase: "connected" },
      signaling: { state: "online" },
    });
  });

  it.each(["late", "repeated"] as const)(
    "[R20] may be acknowledged %s: nothing is sent again, and nobody reconnects",
    async (how) => {
      const bench = await inCall();
      bench.server.acks = how;
      for (let turn = 0; turn < 10; turn += 1) {
        await say(bench, 1 + (turn % 5) * 8);
        await bench.pass(700);
      }
      await bench.pass(10_000);
      const { length } = said(bench);
      expect([said(bench), hellos(bench)]).toEqual([numbers(1, length), 1]);
      bench.server.drop();
      await bench.pass(2_000);
      expect([hellos(bench), said(bench).length]).toEqual([2, length]);
    },
  );

  it("[R5] [R20] of a generation that is over are not sent again, and a late word of it acknowledges nothing of the next", async () => {
    const bench = await inCall();
    bench.server.acks = "late";
    await say(bench, LIMITS.signalsPerAck);
    bench.server.partnerBack({ generation: 2, role: "responder" });
    await bench.settle();
    bench.server.acks = "lost";
    await say(bench, 2);
    await bench.pass(4_000);
    bench.server.acks = "usual";
    bench.server.drop();
    await bench.pass(2_000);
    const ofSecond = bench.server.bodies("signal").filter(({ generation }) => generation === 2);
    expect(ofSecond.map(({ sequence }) => sequence)).toEqual([1, 2, 1, 2]);
    expect(said(bench)).toHaveLength(LIMITS.signalsPerAck + 4);
  });

  it("[B3] [R17] [R20] wait when the server says so by their number, and go out in order after that", async () => {
    const bench = await inCall();
    bench.server.limits.set("signal", { burst: 3, perSecond: 1 });
    await say(bench, 5);
    expect(said(bench)).toEqual(numbers(1, 5));
    await bench.pass(900);
    expect(said(bench)).toHaveLength(5);
    bench.server.limits.set("signal", undefined);
    await bench.pass(200);
    expect(said(bench).slice(5)).toEqual([4, 5]);
    expect(bench.server.signals.taken.map(({ sequence }) => sequence)).toEqual(numbers(1, 5));
  });

  it("[C6] [R20] leave no timer behind at Stop", async () => {
    const bench = await inCall();
    await say(bench, 3);
    bench.chat.stop();
    await bench.settle();
    expect(bench.held()).toEqual({ sockets: 0, peers: 0, tracks: 0, timers: 0 });
  });
});
