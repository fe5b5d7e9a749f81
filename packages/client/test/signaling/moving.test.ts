import { errorBody } from "@serendip/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reduceSignaling } from "../../src/signaling/signaling.machine.ts";
import {
  CLOSED_SIGNALING,
  deadlineOf,
  liveId,
  type SignalingEvent,
  successorId,
} from "../../src/signaling/signaling-state.machine.ts";
import {
  engineBench,
  SOCKET_ACCEPTS,
  SOCKET_REFUSES,
  SOCKET_SILENT,
  SOCKET_UNREACHABLE,
} from "../../src/testing/index.ts";

async function inCall() {
  const bench = engineBench();
  bench.chat.start();
  await bench.settle();
  bench.server.match();
  await bench.settle();
  await bench.pass(6_000);
  const states: string[] = [];
  bench.chat.subscribe(() => void states.push(bench.chat.getSnapshot().signaling.state));
  const others = () => states.filter((state) => state !== "online");
  return { ...bench, others, signaling: () => bench.chat.getSnapshot().signaling.state };
}

describe("a page whose server stops soon", () => {
  it("[D3] opens a connection beside its own, and lets go of the old one once the new one has its welcome", async () => {
    const bench = await inCall();
    bench.server.emit("draining", { delayMs: 1_000 });
    await bench.pass(900);
    expect(bench.server.sockets).toHaveLength(1);
    await bench.pass(200);
    expect(bench.server.sockets).toHaveLength(2);
    expect(bench.server.mostOpen()).toBe(2);
    expect(bench.server.openSockets()).toBe(1);
    expect(bench.server.sockets[0]?.open).toBe(false);
    const [first, second] = bench.server.sockets.map(({ hello }) => hello);
    expect(second).toMatchObject({
      tabId: first?.tabId,
      resume: { sessionId: "session-1", peerConnection: "alive" },
    });
    expect(bench.others()).toEqual([]);
    expect(bench.peers.opened).toHaveLength(1);
    // Told once more by the new one, it moves again.
    await bench.pass(6_000);
    bench.server.emit("draining", { delayMs: 0 });
    await bench.pass(100);
    expect(bench.server.sockets).toHaveLength(3);
  });

  it("[D3] keeps the old one where the new one is refused, and tries again 2 to 4 s later, until the bye", async () => {
    const bench = await inCall();
    bench.server.behaviour = SOCKET_REFUSES("draining");
    bench.server.emit("draining", { delayMs: 0 });
    await bench.pass(20_000);
    const tries = bench.server.sockets.length - 1;
    expect(tries).toBeGreaterThanOrEqual(5);
    expect(tries).toBeLessThanOrEqual(10);
    expect(bench.server.openSockets()).toBe(1);
    expect(bench.others()).toEqual([]);
    expect(bench.server.sockets[0]?.open).toBe(true);

    bench.server.bye("draining", 500);
    expect(bench.signaling()).not.toBe("online");
    bench.server.behaviour = SOCKET_ACCEPTS;
    await bench.pass(2_000);
    expect(bench.signaling()).toBe("online");
    expect(bench.peers.opened).toHaveLength(1);
  });

  it.each([
    ["nothing is there", SOCKET_UNREACHABLE],
    ["nothing answers", SOCKET_SILENT],
  ] as const)("[D3] keeps the old one where %s", async (_what, behaviour) => {
    const bench = await inCall();
    bench.server.behaviour = behaviour;
    bench.server.emit("draining", { delayMs: 0 });
    await bench.pass(25_000);
    expect(bench.server.dialled.length).toBeGreaterThan(2);
    expect(bench.server.sockets[0]?.open).toBe(true);
    expect(bench.others()).toEqual([]);
    bench.server.behaviour = SOCKET_ACCEPTS;
    await bench.pass(15_000);
    expect(bench.server.sockets[0]?.open).toBe(false);
    expect(bench.server.openSockets()).toBe(1);
    expect(bench.others()).toEqual([]);
  });

  it("[D3] where the old one ends while the new one is under way, the new one is the only one", async () => {
    const bench = await inCall();
    bench.server.behaviour = SOCKET_SILENT;
    bench.server.emit("draining", { delayMs: 0 });
    await bench.pass(100);
    const [old, young] = bench.server.sockets;
    expect(young?.open).toBe(true);
    old?.handlers.onClosed("transport close", "closed");
    await bench.settle();
    expect(bench.signaling()).toBe("connecting");
    expect(young?.open).toBe(true);
    expect(bench.server.sockets).toHaveLength(2);
  });

  it("[D3] lets go of both when the person ends the chat", async () => {
    const bench = await inCall();
    bench.server.behaviour = SOCKET_SILENT;
    bench.server.emit("draining", { delayMs: 0 });
    await bench.pass(100);
    expect(bench.server.openSockets()).toBe(2);
    bench.chat.stop();
    await bench.settle();
    expect(bench.server.openSockets()).toBe(0);
  });

  it("[D3] [S15] a token that is refused elsewhere costs the old one nothing, and is shown no faster", async () => {
    const bench = await inCall();
    const tokens = bench.tokens.asked.length;
    bench.server.behaviour = SOCKET_REFUSES("token_invalid");
    bench.server.emit("draining", { delayMs: 0 });
    await bench.pass(20_000);
    expect(bench.server.sockets.length).toBeGreaterThan(5);
    expect(bench.server.sockets.length).toBeLessThanOrEqual(1 + 2 * 11);
    // Nobody new is made: each token that was asked for is the person's next one.
    expect(bench.tokens.asked.slice(tokens)).not.toContain(undefined);
    expect(bench.others()).toEqual([]);
    expect(bench.server.openSockets()).toBe(1);
  });

  it("[D3] servers that send a page to each other get it at most every 5 s", async () => {
    const bench = await inCall();
    for (let round = 0; round < 200; round += 1) {
      bench.server.emit("draining", { delayMs: 0 });
      await bench.pass(100);
    }
    expect(bench.server.sockets.length).toBeGreaterThan(3);
    expect(bench.server.sockets.length).toBeLessThanOrEqual(1 + 1 + 20 / 5);
    expect(bench.others()).toEqual([]);
  });

  it.each(["unheard", "lost"] as const)("[D3] an old one that is %s leaves the new one", (type) => {
    const online = play([
      { type: "open", force: false },
      { type: "remembered", id: 1, polling: undefined },
      { type: "ready", id: 1 },
      { type: "line-open", id: 1, way: "websocket" },
      { type: "welcomed", id: 1, tokenExpiresInMs: 9e9, retryWindowMs: 0 },
      { type: "draining", id: 1, delayMs: 6_000 },
      { type: "tick" },
    ]);
    expect(successorId(online.at)).toBe(2);
    const step = reduceSignaling(online, { type, id: 1, end: "silent" } as SignalingEvent, {
      now: 6_000,
      random: 0,
    });
    expect(step.state.at).toMatchObject({ name: "connecting", id: 2 });
    expect(step.effects).toEqual([{ type: "promote", id: 2 }]);
  });

  it("[D3] a refusal for good leaves the old one alone, and is not tried again", async () => {
    const bench = await inCall();
    bench.server.behaviour = SOCKET_REFUSES("version_unsupported");
    bench.server.emit("draining", { delayMs: 0 });
    await bench.pass(30_000);
    expect(bench.server.sockets).toHaveLength(2);
    expect(bench.signaling()).toBe("online");
    expect(bench.server.sockets[0]?.open).toBe(true);
  });
});

/** At 0, and the last one at 6 s. */
function play(events: readonly SignalingEvent[]) {
  return events.reduce((state, event, n) => {
    const now = n === events.length - 1 ? 6_000 : 0;
    return reduceSignaling(state, event, { now, random: 0 }).state;
  }, CLOSED_SIGNALING);
}

type Pick = Readonly<{ what: SignalingEvent["type"]; whose: "live" | "beside" | "late"; n: number }>;

const picks: fc.Arbitrary<Pick> = fc.record({
  what: fc.constantFrom(
    ...([
      "open",
      "close",
      "attempt-failed",
      "remembered",
      "ready",
      "line-open",
      "line-closed",
      "challenged",
      "identity-refused",
      "hello-refused",
      "welcomed",
      "welcomed",
      "lost",
      "bye",
      "draining",
      "draining",
      "resync",
      "unheard",
      "unanswered",
      "unanswerable",
      "hurry",
      "refresh-failed",
      "reached",
      "promising",
      "retry-now",
      "token-refreshed",
      "tick",
      "tick",
      "tick",
    ] as const),
  ),
  whose: fc.constantFrom("live", "beside", "late"),
  n: fc.nat(1_000),
});

describe("what a page holds open", () => {
  it("[D3] is the live connection and at most one beside it, and nothing is left of any other", () => {
    fc.assert(
      fc.property(fc.array(picks, { maxLength: 120 }), (history) => {
        let state = CLOSED_SIGNALING;
        let now = 1_000_000;
        const open = new Set<number>();
        for (const { what, whose, n } of history) {
          const id = { live: liveId(state.at), beside: successorId(state.at), late: n % 7 }[whose] ?? 0;
          const event = {
            type: what,
            id,
            force: n % 5 === 0,
            way: n % 2 === 0 ? "websocket" : "polling",
            end: "closed",
            error: errorBody(n % 3 === 0 ? "draining" : n % 3 === 1 ? "token_expired" : "rate_limited"),
            bye: {
              code: n % 2 === 0 ? "draining" : "session_resumed",
              reconnect: n % 3 === 0 ? "no" : "after",
            },
            delayMs: n,
            tokenExpiresInMs: 60_000 + n,
            expiresInMs: 60_000 + n,
            retryWindowMs: n,
            polling: undefined,
          } as unknown as SignalingEvent;
          now = what === "tick" ? Math.max(now, deadlineOf(state) ?? now) : now + n;
          const step = reduceSignaling(state, event, { now, random: n / 1_001 });
          state = step.state;
          for (const effect of step.effects) {
            if (effect.type === "attempt") open.add(effect.id);
            else if (effect.type === "abandon") open.delete(effect.id);
            else if (effect.type === "promote") {
              for (const one of open) if (one !== effect.id) open.delete(one);
            } else expect(open).toContain(effect.id);
          }
          const held = [liveId(state.at), successorId(state.at)].filter((one) => one !== undefined);
          expect(open).toEqual(new Set(held));
        }
      }),
    );
  });
});
