import { describe, expect, it } from "vitest";
import { engineBench } from "../../src/testing/index.ts";

const NOTHING = { sockets: 0, peers: 0, tracks: 0, timers: 0 };

describe("[S13] a page that nobody has pressed anything on", () => {
  it("opens, asks and writes nothing, for as long as it stands there, whatever the network does", async () => {
    const bench = engineBench();
    bench.chat.subscribe(() => {});
    await bench.pass(120_000);
    bench.hints.promise();
    bench.hints.changeNetwork();
    await bench.pass(120_000);
    bench.hints.leave("kept");
    bench.hints.comeBack();
    await bench.pass(120_000);
    expect(bench.server.sockets).toEqual([]);
    expect(bench.tokens.asked).toEqual([]);
    expect(bench.stun.asked).toEqual([]);
    expect(bench.gatherer.asked).toEqual([]);
    expect(bench.media.wishes).toEqual([]);
    expect(bench.readiness).toMatchObject({ relayAsked: 0, tried: 0 });
    expect(bench.storage).toMatchObject({ opens: 0, saves: 0 });
    expect(bench.held()).toEqual(NOTHING);
  });

  it("shows the wish to hide the address that the tab remembers, and remembers a new one", async () => {
    const bench = engineBench();
    bench.storage.remembered = { relayOnly: true };
    bench.chat.subscribe(() => {});
    expect(bench.chat.getSnapshot().ice.relayOnly).toBe(true);
    bench.chat.setRelayOnly(false);
    await bench.settle();
    expect(bench.storage.remembered).toEqual({});
  });

  it("holds nothing after Stop either, while relayed calls are not possible", async () => {
    const bench = engineBench();
    bench.chat.subscribe(() => {});
    bench.chat.start();
    await bench.settle();
    bench.server.match();
    await bench.settle();
    bench.chat.stop();
    await bench.settle();
    expect(bench.held()).toEqual(NOTHING);
    await bench.pass(60_000);
    expect(bench.readiness.relayAsked).toBe(0);
  });
});

describe("[K13] somebody who looks at how calls connect", () => {
  it("makes the page ask once, and again with growing pauses while the answer may change", async () => {
    const bench = engineBench();
    bench.chat.subscribe(() => {});
    const undo = bench.chat.watchRelay();
    await bench.settle();
    expect(bench.chat.getSnapshot().ice.relay).toBe("failed");
    const asked: number[] = [];
    for (let second = 0; second < 700; second += 10) {
      await bench.pass(10_000);
      asked.push(bench.readiness.relayAsked);
    }
    // 1, then after 10, 20, 40, 80 and each 160 s.
    expect([0, 1, 2, 6, 14, 30, 46, 62].map((at) => asked[at])).toEqual([2, 2, 3, 4, 5, 6, 7, 8]);
    undo();
    expect(bench.held()).toEqual(NOTHING);
    undo();
    await bench.pass(600_000);
    expect(bench.readiness.relayAsked).toBe(8);
  });

  it("whose page is hidden makes it ask nothing until it is seen again", async () => {
    const bench = engineBench();
    bench.chat.subscribe(() => {});
    bench.chat.watchRelay();
    await bench.settle();
    bench.hints.visible = false;
    await bench.pass(600_000);
    expect(bench.readiness.relayAsked).toBe(1);
    expect(bench.held()).toEqual(NOTHING);
    bench.hints.visible = true;
    bench.hints.promise();
    await bench.settle();
    expect(bench.readiness.relayAsked).toBe(2);
    bench.chat.dispose();
    expect(bench.held()).toEqual(NOTHING);
  });

  it("twice at a time is asked for once, and until the last one has gone", async () => {
    const bench = engineBench();
    bench.chat.subscribe(() => {});
    const [first, second] = [bench.chat.watchRelay(), bench.chat.watchRelay()];
    await bench.settle();
    expect(bench.readiness.relayAsked).toBe(1);
    first();
    await bench.pass(10_000);
    expect(bench.readiness.relayAsked).toBe(2);
    second();
    expect(bench.held()).toEqual(NOTHING);
  });
});
