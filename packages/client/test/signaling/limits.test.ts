import { byeOf, type ErrorBody, errorBody } from "@serendip/protocol";
import { describe, expect, it } from "vitest";
import { IdentityFailure } from "../../src/signaling/token-source.port.ts";
import {
  type EngineBench,
  engineBench,
  SOCKET_ACCEPTS,
  SOCKET_REFUSES,
  SOCKET_SILENT,
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
  const checking = { state: "connecting", challenged: true };

  it.each([1_000, 15_000, 119_000])(
    "[B14] [W19] that takes %i ms keeps nobody out, whatever the service thinks of a silent line",
    async (workMs) => {
      const bench = engineBench();
      const { chat, tokens, server } = bench;
      chat.subscribe(() => {});
      tokens.behaviour = "works";
      chat.start();
      await bench.settle();
      const seen = new Set([JSON.stringify(chat.getSnapshot().signaling)]);
      chat.subscribe(() => seen.add(JSON.stringify(chat.getSnapshot().signaling)));
      await bench.pass(workMs);
      expect([...seen]).toEqual([JSON.stringify(checking)]);
      expect([chat.getSnapshot().problem, server.openSockets()]).toEqual([undefined, 0]);
      tokens.passCheck();
      await bench.settle();
      expect(chat.getSnapshot()).toMatchObject({
        status: { phase: "searching" },
        signaling: { state: "online" },
      });
      expect(tokens.asked).toHaveLength(1);
    },
  );

  it("[B14] is what the person reads of, also after attempts that found nobody", async () => {
    const bench = engineBench();
    bench.chat.subscribe(() => {});
    bench.tokens.behaviour = "unreachable";
    bench.chat.start();
    await bench.settle();
    expect(bench.chat.getSnapshot().problem?.code).toBe("server-unreachable");
    bench.tokens.behaviour = "works";
    await bench.pass(20_000);
    expect(bench.chat.getSnapshot()).toMatchObject({ signaling: checking, problem: undefined });
  });

  it("[B14] has an end after 2 min, told as what it is, and is not put again without a press", async () => {
    const bench = engineBench();
    bench.chat.subscribe(() => {});
    bench.tokens.behaviour = "works";
    bench.chat.start();
    await bench.pass(121_000);
    expect(bench.chat.getSnapshot().problem).toMatchObject({ code: "challenge-failed", action: "try-again" });
    await bench.pass(300_000);
    expect(bench.tokens.asked).toHaveLength(1);
    expect(bench.held()).toEqual({ sockets: 0, peers: 0, tracks: 0, timers: 0 });
    bench.chat.retry();
    await bench.settle();
    bench.tokens.passCheck();
    await bench.settle();
    expect(bench.chat.getSnapshot().signaling.state).toBe("online");
  });

  it("[B14] goes on while a call is in trouble, whose attempts are short", async () => {
    const bench = engineBench();
    const { chat, server, peers, hints, tokens } = bench;
    chat.subscribe(() => {});
    chat.start();
    await bench.settle();
    server.match();
    await bench.settle();
    tokens.behaviour = "works";
    tokens.expiresInMs = 0;
    await bench.pass(600_000);
    const before = tokens.asked.length;
    server.drop();
    await bench.pass(3_000);
    expect(chat.getSnapshot().signaling).toEqual(checking);
    peers.current()?.handlers.onInterrupted();
    hints.promise();
    await bench.pass(7_000);
    hints.promise();
    await bench.settle();
    expect(chat.getSnapshot().signaling).toEqual(checking);
    expect(tokens.asked.length - before).toBe(1);
  });

  it("[B14] leaves an attempt its usual time for what comes after it", async () => {
    const bench = engineBench();
    bench.tokens.behaviour = "works";
    // So that the next attempt asks for another one.
    bench.tokens.expiresInMs = 50_000;
    bench.server.behaviour = SOCKET_SILENT;
    bench.chat.start();
    await bench.pass(15_000);
    bench.tokens.passCheck();
    bench.tokens.behaviour = TOKENS_FRESH;
    await bench.pass(12_000);
    expect(bench.tokens.asked.length).toBeGreaterThan(1);
  });

  it.each<[string, (bench: EngineBench) => void]>([
    ["Stop", ({ chat }) => chat.stop()],
    ["the page's end", ({ chat }) => chat.dispose()],
    ["a page that the browser keeps", ({ hints }) => hints.leave("kept")],
  ])("[B14] ends with %s", async (_, end) => {
    const bench = engineBench();
    bench.tokens.behaviour = "works";
    bench.chat.start();
    await bench.pass(60_000);
    expect(bench.tokens.asked).toHaveLength(1);
    end(bench);
    expect(bench.held()).toEqual({ sockets: 0, peers: 0, tracks: 0, timers: 0 });
    bench.tokens.passCheck();
    await bench.pass(60_000);
    expect([bench.tokens.asked.length, bench.server.dialled.length]).toEqual([1, 1]);
  });

  it("[W19] a token that takes longer than the service waits for a hello is said hello with all the same", async () => {
    const bench = engineBench();
    const { fetch } = bench.tokens;
    bench.tokens.fetch = async (...how) => {
      await new Promise<void>((resolve) => bench.clock.after(8_000, resolve));
      return fetch(...how);
    };
    bench.chat.start();
    await bench.pass(8_500);
    expect(bench.chat.getSnapshot().signaling.state).toBe("online");
    expect([bench.tokens.asked.length, bench.server.dialled.length]).toEqual([1, 2]);
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
