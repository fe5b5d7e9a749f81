import { byeOf, type ErrorBody, errorBody } from "@serendip/protocol";
import { describe, expect, it } from "vitest";
import { IdentityFailure } from "../../src/signaling/token-source.port.ts";
import {
  type EngineBench,
  engineBench,
  SOCKET_ACCEPTS,
  SOCKET_REFUSES,
  TOKENS_FRESH,
} from "../../src/testing/index.ts";

const PAUSE_MS = 20_000;
const FULL = errorBody("server_full", undefined, PAUSE_MS);
const TOO_FAST = errorBody("rate_limited", undefined, PAUSE_MS);

const refuseWith = (bench: EngineBench, error: ErrorBody) => {
  bench.server.behaviour = { type: "refuses", error };
};

/** Everything that a person or a browser may do to have it sooner. */
async function press({ chat, hints, settle }: EngineBench): Promise<void> {
  for (const act of [
    chat.start,
    chat.retry,
    chat.next,
    hints.promise,
    hints.changeNetwork,
    chat.stop,
    chat.start,
    chat.retry,
  ]) {
    act();
    await settle();
  }
}

const hellos = ({ server }: EngineBench) => server.sockets.length;

describe("a service that wants no attempt for a while", () => {
  it.each([
    ["server-full", "full", (bench: EngineBench) => refuseWith(bench, FULL)],
    ["too-fast", "too-fast", (bench: EngineBench) => refuseWith(bench, TOO_FAST)],
    [
      "server-full",
      "full",
      ({ tokens }: EngineBench) => {
        tokens.behaviour = new IdentityFailure("unreachable", "503", { retryAfterMs: PAUSE_MS, why: "full" });
      },
    ],
    [
      "too-fast",
      "too-fast",
      ({ tokens }: EngineBench) => {
        tokens.behaviour = new IdentityFailure("unreachable", "429", {
          retryAfterMs: PAUSE_MS,
          why: "too-fast",
        });
      },
    ],
  ] as const)(
    "[B11] %s: nothing shortens the pause, and the person is told what is the matter, and until when",
    async (code, why, refuse) => {
      const bench = engineBench();
      const { now } = bench.clock;
      bench.chat.subscribe(() => {});
      refuse(bench);
      bench.chat.start();
      await bench.settle();
      const from = now();
      const asked = () => hellos(bench) + bench.tokens.asked.length;
      const before = asked();
      await press(bench);
      const { signaling, status, problem } = bench.chat.getSnapshot();
      expect([status.phase, problem?.code, problem?.severity, problem?.action]).toEqual([
        "searching",
        code,
        "degraded",
        "wait",
      ]);
      expect(signaling).toMatchObject({ state: "waiting", why });
      const retryAt = "retryAt" in signaling ? signaling.retryAt : 0;
      expect(retryAt - from).toBeGreaterThanOrEqual(PAUSE_MS);
      expect(retryAt - from).toBeLessThanOrEqual(PAUSE_MS * (why === "full" ? 1.5 : 1));
      bench.server.behaviour = SOCKET_ACCEPTS;
      bench.tokens.behaviour = TOKENS_FRESH;
      await bench.pass(retryAt - now() - 1);
      await press(bench);
      expect(asked()).toBe(before);
      await bench.pass(1_000);
      expect(bench.chat.getSnapshot()).toMatchObject({
        status: { phase: "searching" },
        signaling: { state: "online" },
        problem: undefined,
      });
    },
  );

  it("[B11] full: not all come back at the same moment", async () => {
    const moments = [1, 2, 3, 4].map(async (seed) => {
      const bench = engineBench({ seed });
      refuseWith(bench, FULL);
      bench.chat.start();
      await bench.settle();
      const { signaling } = bench.chat.getSnapshot();
      return "retryAt" in signaling ? signaling.retryAt : 0;
    });
    expect(new Set(await Promise.all(moments)).size).toBe(4);
  });

  it("[B11] is told of as long as it says so, also while the next attempt is under way", async () => {
    const bench = engineBench();
    refuseWith(bench, FULL);
    bench.chat.start();
    await bench.settle();
    const seen = new Set<string | undefined>();
    bench.chat.subscribe(() => {
      if (bench.chat.getSnapshot().status.phase === "searching")
        seen.add(bench.chat.getSnapshot().problem?.code);
    });
    await bench.pass(200_000);
    expect(hellos(bench)).toBeGreaterThan(5);
    expect([...seen]).toEqual(["server-full"]);
  });

  it("[B11] [W8] a bye for going too fast: the page comes back when it may, and a running call goes on", async () => {
    const bench = engineBench();
    bench.chat.subscribe(() => {});
    bench.chat.start();
    await bench.settle();
    bench.server.match();
    await bench.settle();
    await bench.pass(10_000);
    bench.server.emit("bye", byeOf("rate_limited", { delayMs: PAUSE_MS }));
    await bench.settle();
    await press({ ...bench, chat: { ...bench.chat, next: () => {}, stop: () => {} } });
    await bench.pass(PAUSE_MS - 100);
    expect([hellos(bench), bench.peers.openCount()]).toEqual([1, 1]);
    expect(bench.chat.getSnapshot()).toMatchObject({
      status: { phase: "connected" },
      signaling: { state: "waiting", why: "too-fast" },
      problem: undefined,
    });
    await bench.pass(3_000);
    expect(bench.chat.getSnapshot()).toMatchObject({
      status: { phase: "connected" },
      signaling: { state: "online" },
    });
  });

  it("[B11] a token that cannot be renewed for a while is asked for when the service wants it, over the same connection", async () => {
    const bench = engineBench();
    bench.server.tokenExpiresInMs = 100_000;
    bench.chat.start();
    await bench.settle();
    bench.tokens.behaviour = new IdentityFailure("unreachable", "429", {
      retryAfterMs: 30_000,
      why: "too-fast",
    });
    await bench.pass(51_000);
    const before = bench.tokens.asked.length;
    bench.tokens.behaviour = TOKENS_FRESH;
    await bench.pass(28_000);
    expect(bench.tokens.asked.length).toBe(before);
    await bench.pass(3_000);
    expect([bench.tokens.asked.length, hellos(bench)]).toEqual([before + 1, 1]);
    expect(bench.server.bodies("refresh-token")).toHaveLength(1);
  });
});

describe("a code that this page does not know", () => {
  it("[B12] [V2] is an unavailable service: the page tries again", async () => {
    const bench = engineBench();
    bench.server.behaviour = SOCKET_REFUSES("unavailable");
    bench.chat.start();
    await bench.pass(3_000);
    expect(hellos(bench)).toBeGreaterThan(1);
    bench.server.behaviour = SOCKET_ACCEPTS;
    await bench.pass(10_000);
    expect(bench.chat.getSnapshot().signaling.state).toBe("online");
  });
});

describe("a check before a token", () => {
  it("[B14] gets the time that it takes, unless the person stops", async () => {
    const bench = engineBench();
    bench.tokens.behaviour = "works";
    bench.chat.start();
    await bench.pass(60_000);
    expect(bench.tokens.asked).toHaveLength(1);
    bench.chat.stop();
    expect(bench.held()).toEqual({ sockets: 0, peers: 0, tracks: 0, timers: 0 });
  });

  it.each(["challenge-missing", "challenge-failed"] as const)(
    "[B14] %s ends the chat, says so, and holds nothing",
    async (code) => {
      const bench = engineBench();
      bench.tokens.behaviour = new IdentityFailure(code, "no");
      bench.chat.start();
      await bench.settle();
      expect(bench.chat.getSnapshot()).toMatchObject({
        status: { phase: "failed" },
        problem: { code, severity: "fatal" },
      });
      expect(bench.held()).toEqual({ sockets: 0, peers: 0, tracks: 0, timers: 0 });
      expect(bench.tokens.asked).toHaveLength(1);
      bench.tokens.behaviour = TOKENS_FRESH;
      bench.chat.start();
      await bench.settle();
      expect(bench.chat.getSnapshot().status.phase).toBe("searching");
    },
  );
});
