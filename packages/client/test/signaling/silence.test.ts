import { errorBody } from "@serendip/protocol";
import { describe, expect, it } from "vitest";
import {
  type EngineBench,
  engineBench,
  WAY_DEAF,
  WAY_HANGS,
  WAY_PASSES,
  WAY_REFUSED,
} from "../../src/testing/index.ts";

const signaling = ({ chat }: EngineBench) => chat.getSnapshot().signaling.state;

/** Starts, and waits for the call that shows that the connection is worth something. */
async function meets(bench: EngineBench): Promise<void> {
  bench.chat.start();
  await bench.pass(4_000);
  expect(signaling(bench)).toBe("online");
  bench.server.match();
  await bench.settle();
  expect(bench.chat.getSnapshot().status.phase).toBe("connected");
}

describe("a network in which WebSockets do not work", () => {
  it.each([
    ["hangs", WAY_HANGS, 1],
    ["falls silent after it was open", WAY_DEAF, 2],
    ["is refused", WAY_REFUSED, 1],
  ] as const)(
    "[W19] one that %s: a call, after one attempt, and nobody says that anything is blocked",
    async (_how, way, hellos) => {
      const bench = engineBench();
      bench.server.ways.websocket = way;
      const problems: string[] = [];
      bench.chat.subscribe(() => {
        const { health, problem } = bench.chat.getSnapshot();
        problems.push(...[problem?.code, health?.signaling.why].filter((code) => code !== undefined));
      });
      await meets(bench);
      expect(bench.tokens.asked).toHaveLength(1);
      expect(bench.server.dialled).toEqual(["websocket", "polling"]);
      expect(bench.server.sockets.map(({ hello }) => hello.connection)).toEqual([1, 2].slice(0, hellos));
      expect(bench.server.mostOpen()).toBe(1);
      expect(bench.server.openSockets()).toBe(1);
      await bench.pass(20_000);
      expect(problems).toEqual([]);
    },
  );

  it("[W19] the tab remembers: after a reload it begins with polling; before a connection it remembers nothing", async () => {
    const bench = engineBench();
    bench.server.ways.websocket = WAY_HANGS;
    bench.chat.start();
    await bench.pass(1_900);
    expect(bench.storage.remembered).not.toHaveProperty("polling");
    await bench.pass(2_000);
    expect(bench.storage.remembered.polling).toMatchObject({ silences: 1 });
    const next = bench.reload();
    next.chat.start();
    await next.settle();
    expect(signaling(next)).toBe("online");
    expect(next.server.dialled).toEqual(["websocket", "polling", "polling"]);
  });

  it("[W19] one that falls silent in a call: the next attempt goes by polling, and the call is not touched", async () => {
    const bench = engineBench();
    await meets(bench);
    await bench.pass(60_000);
    const phases: string[] = [];
    bench.chat.on("phase", ({ phase }) => phases.push(phase));
    bench.server.fallSilent("websocket");
    await bench.pass(20_000);
    expect(signaling(bench)).toBe("online");
    expect(bench.server.dialled).toEqual(["websocket", "polling"]);
    expect(phases).toEqual([]);
    expect(bench.server.sockets.at(-1)?.hello.resume?.peerConnection).toBe("alive");
  });

  it("[W19] one that falls silent during a search is noticed by the answer that stays away", async () => {
    const bench = engineBench();
    bench.chat.start();
    await bench.pass(30_000);
    bench.server.fallSilent("websocket");
    await bench.pass(14_000);
    expect(signaling(bench)).toBe("online");
    expect(bench.server.dialled).toEqual(["websocket", "polling"]);
    bench.server.match();
    await bench.settle();
    expect(bench.chat.getSnapshot().status.phase).toBe("connected");
  });

  it("[W19] back in a network that lets it through, WebSocket is the way again, without a gap", async () => {
    const bench = engineBench();
    bench.server.ways.websocket = WAY_HANGS;
    await meets(bench);
    bench.server.ways.websocket = WAY_PASSES;
    bench.hints.changeNetwork();
    await bench.pass(500);
    expect(signaling(bench)).toBe("online");
    expect(bench.server.dialled).toEqual(["websocket", "polling", "websocket"]);
    expect(bench.server.openSockets()).toBe(1);
    expect(bench.chat.getSnapshot().status.phase).toBe("connected");
    expect(bench.storage.remembered.polling).toBeUndefined();
  });

  it.each([1_000, 4_000, 6_000, 40_000])(
    "[W19] where a box closes each WebSocket after %i ms, polling is the way, soon and for long",
    async (lifeMs) => {
      const bench = engineBench();
      bench.chat.start();
      await bench.settle();
      let offlineMs = 0;
      let bornAt = bench.clock.now();
      let known = bench.server.sockets.length;
      for (let slice = 0; slice < 3_000; slice += 1) {
        await bench.pass(100);
        const { sockets } = bench.server;
        if (sockets.length !== known) bornAt = bench.clock.now();
        known = sockets.length;
        const last = sockets.at(-1);
        if (last?.open && last.way === "websocket" && bench.clock.now() - bornAt >= lifeMs)
          bench.server.drop();
        if (signaling(bench) !== "online") offlineMs += 100;
      }
      expect(bench.server.dialled.filter((way) => way === "websocket").length).toBeLessThanOrEqual(2);
      expect(bench.server.dialled.at(-1)).toBe("polling");
      expect(offlineMs).toBeLessThan(10_000);
      bench.chat.dispose();
    },
  );

  it("[W19] where polling does not work nothing is different", async () => {
    for (const way of [WAY_HANGS, WAY_DEAF, WAY_REFUSED]) {
      const bench = engineBench();
      bench.server.ways.polling = way;
      await meets(bench);
      expect(bench.server.dialled).toEqual(["websocket"]);
    }
  });

  it("[W19] [C54] only where both ways fail is the connection called blocked", async () => {
    const bench = engineBench();
    bench.server.ways.websocket = WAY_HANGS;
    bench.server.ways.polling = WAY_DEAF;
    bench.chat.start();
    await bench.pass(9_900);
    expect(bench.chat.getSnapshot().health).toBeUndefined();
    await bench.pass(20_000);
    expect(bench.chat.getSnapshot().health?.signaling).toEqual({ state: "failed", why: "socket-blocked" });
    bench.server.ways.polling = WAY_PASSES;
    await bench.pass(31_000);
    expect(bench.chat.getSnapshot().health?.signaling.state).toBe("ok");
  });

  it("[W19] [K25] a way over which the service says that it is too much is no blocked one", async () => {
    const bench = engineBench();
    bench.server.ways.websocket = WAY_HANGS;
    bench.server.behaviour = { type: "refuses", error: errorBody("rate_limited", undefined, 25_000) };
    bench.chat.start();
    await bench.pass(24_000);
    expect(bench.server.dialled).toEqual(["websocket", "polling"]);
    expect(bench.chat.getSnapshot().health?.signaling).not.toMatchObject({ state: "failed" });
  });
});
