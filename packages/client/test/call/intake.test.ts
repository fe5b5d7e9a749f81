import type { Signal } from "@serendip/protocol";
import { manualClock } from "@serendip/time/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CALL_RULES } from "../../src/call/call-state.machine.ts";
import { createIntake } from "../../src/call/intake.ts";
import { GENERATIONS } from "../../src/call/intake-pace.ts";
import type { LobbyMessage } from "../../src/signaling/signaling.ts";
import {
  type EngineBench,
  engineBench,
  PEER_CONNECTS,
  PEER_NEVER_CONNECTS,
} from "../../src/testing/index.ts";

const CANDIDATE: Signal = {
  kind: "candidate",
  candidate: { candidate: "c", sdpMid: "0", sdpMLineIndex: 0 },
};
const offer = (attempt: number): Signal => ({ kind: "offer", sdp: "v=0", attempt });

async function inCall(role: "initiator" | "responder" = "responder"): Promise<EngineBench> {
  const bench = engineBench();
  bench.chat.subscribe(() => {});
  bench.chat.start();
  await bench.settle();
  bench.server.match({ role });
  await bench.settle();
  expect(bench.chat.getSnapshot().status.phase).toBe("connected");
  return bench;
}

const generationOf = ({ server }: EngineBench) =>
  server.state.kind === "in-room" ? server.state.room.generation : 0;

/** The partner asks for one new negotiation after the other. */
function rebuilds(bench: EngineBench, times: number): void {
  for (let time = 0; time < times; time += 1)
    bench.server.partnerBack({ generation: generationOf(bench) + 1, role: "responder" });
}

const gone = ({ held }: EngineBench) =>
  expect(held()).toEqual({ sockets: 0, peers: 0, tracks: 0, timers: 0 });

describe("a page and a partner who sends without end", () => {
  it.each([PEER_CONNECTS, PEER_NEVER_CONNECTS])(
    "[R18] leaves one who misuses the connection, says what it was, and goes on as after a partner who left",
    async (behaviour) => {
      const bench = engineBench();
      bench.peers.behaviour = behaviour;
      bench.chat.start();
      await bench.settle();
      bench.server.match();
      await bench.settle();
      const peer = bench.peers.current();
      peer?.handlers.onMisused();
      await bench.settle();
      expect(bench.chat.getSnapshot().status).toMatchObject({ phase: "partner-left", reason: "flood" });
      expect([peer?.closed, bench.server.state.kind, bench.server.bodies("leave").length]).toEqual([
        true,
        "idle",
        1,
      ]);
      expect(bench.server.bodies("call-report")).toMatchObject([{ end: "partner-left" }]);
      await bench.pass(CALL_RULES.autoNextMs);
      expect(bench.chat.getSnapshot().status.phase).toBe("searching");
      expect(bench.server.bodies("find")).toHaveLength(2);
      bench.chat.stop();
      await bench.settle();
      gone(bench);
    },
  );

  it("[R18] opens only the newest of many generations, after pauses that grow, and few in all", async () => {
    const bench = await inCall();
    bench.peers.behaviour = PEER_NEVER_CONNECTS;
    rebuilds(bench, 1_000);
    expect(bench.peers.opened).toHaveLength(1 + GENERATIONS.atOnce);
    await bench.pass(GENERATIONS.firstPauseMs);
    expect(bench.peers.opened).toHaveLength(2 + GENERATIONS.atOnce);
    bench.server.signal(1, offer(0));
    expect(bench.peers.current()?.received).toEqual([offer(0)]);
    for (let slice = 0; slice < 300; slice += 1) {
      rebuilds(bench, 480);
      await bench.pass(100);
    }
    // 3 at once, 4 with growing pauses, then one in 4 s.
    expect(bench.peers.opened.length).toBeLessThanOrEqual(1 + GENERATIONS.atOnce + 5 + 30 / 4);
    bench.chat.stop();
    await bench.settle();
    gone(bench);
  });

  it("[R18] follows the ladder of an honest partner without a pause", async () => {
    const bench = await inCall();
    bench.peers.behaviour = PEER_NEVER_CONNECTS;
    for (let generation = 2; generation <= 12; generation += 1) {
      rebuilds(bench, 1);
      bench.server.signal(1, offer(0));
      expect(bench.peers.opened).toHaveLength(generation);
      expect(bench.peers.current()?.received).toEqual([offer(0)]);
      for (let restart = 1; restart < 6; restart += 1) {
        await bench.pass(500);
        bench.server.signal(restart + 1, offer(restart));
        expect(bench.peers.current()?.received.at(-1)).toEqual(offer(restart));
      }
      await bench.pass(2_500);
    }
    expect(bench.lines.join()).not.toContain("sends too much");
    bench.chat.stop();
  });

  it.each([
    ["offers", "responder", offer, 12 + 4 * 10 + 1],
    ["requests for a restart", "initiator", (): Signal => ({ kind: "restart" }), 12 + 4 * 10 + 1],
    ["candidates", "responder", () => CANDIDATE, 200 + 100 * 10],
  ] as const)("[R18] takes a few %s per second, however many come", async (_what, role, signal, most) => {
    const bench = await inCall(role);
    const { received } = bench.peers.current() ?? { received: [] };
    let sequence = 0;
    for (let slice = 0; slice < 100; slice += 1) {
      for (let count = 0; count < 500; count += 1) {
        sequence += 1;
        bench.server.signal(sequence, signal(sequence));
      }
      await bench.pass(100);
    }
    expect(received.length).toBeGreaterThan(12);
    expect(received.length).toBeLessThanOrEqual(most);
    await bench.pass(1_000);
    if (role === "responder" && _what === "offers") expect(received.at(-1)).toEqual(offer(sequence));
    expect(bench.lines.filter((line) => line.includes("sends too much")).length).toBeLessThanOrEqual(1);
    bench.chat.stop();
    await bench.settle();
    gone(bench);
  });

  it("[R18] what waited is of no use after the partner, and after a new welcome", async () => {
    const bench = await inCall();
    bench.peers.behaviour = PEER_NEVER_CONNECTS;
    rebuilds(bench, 50);
    bench.server.partnerLeaves();
    await bench.pass(1_000);
    expect(bench.peers.openCount()).toBe(0);
    await bench.pass(3_000);
    const opened = bench.peers.opened.length;
    bench.server.match({ role: "responder" });
    await bench.settle();
    rebuilds(bench, GENERATIONS.atOnce);
    expect(bench.peers.opened).toHaveLength(opened + 1 + GENERATIONS.atOnce);
    rebuilds(bench, 5);
    bench.server.drop();
    await bench.pass(2_000);
    // The welcome has said which generation it is.
    bench.server.signal(1, offer(0));
    expect(bench.peers.current()?.received).toEqual([offer(0)]);
    bench.chat.stop();
    await bench.settle();
    gone(bench);
  });

  it("[R17] [R8] hears why the server has freed it of them, and looks for somebody else", async () => {
    const bench = await inCall();
    bench.server.partnerLeaves("flood");
    expect(bench.chat.getSnapshot().status).toMatchObject({ phase: "partner-left", reason: "flood" });
    await bench.pass(3_000);
    expect(bench.chat.getSnapshot().status.phase).toBe("searching");
    bench.chat.stop();
  });

  it("[R17] waits as long as the server asks it to before it sends its signals again", async () => {
    const bench = await inCall();
    bench.server.answer("signal", { code: "rate_limited", message: "", retryAfterMs: 400 });
    bench.peers.current()?.handlers.onSignal(CANDIDATE);
    bench.peers.current()?.handlers.onSignal(offer(1));
    await bench.settle();
    const before = bench.server.bodies("signal").length;
    bench.server.answer("signal", "usual");
    bench.peers.current()?.handlers.onSignal(CANDIDATE);
    await bench.pass(300);
    expect(bench.server.bodies("signal")).toHaveLength(before);
    await bench.pass(100);
    expect(
      bench.server
        .bodies("signal")
        .slice(before)
        .map(({ sequence }) => sequence),
    ).toEqual([1, 2, 3]);
    expect(bench.server.sockets).toHaveLength(1);
    bench.chat.stop();
    await bench.settle();
    gone(bench);
  });
});

const anySignal = fc.constantFrom<Signal>(
  CANDIDATE,
  offer(1),
  { kind: "answer", sdp: "v=0" },
  { kind: "restart" },
);

describe("an intake", () => {
  it("[R18] keeps the order, ends up at the newest generation, and keeps few, whatever comes", () => {
    const step = fc.record({
      what: fc.oneof(fc.constantFrom("back", "rebuild", "away"), anySignal),
      times: fc.constantFrom(1, 3, 300),
      passMs: fc.constantFrom(0, 0, 20, 5_000),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const clock = manualClock();
        const passed: LobbyMessage[] = [];
        let followed = 1;
        let sent = 1;
        let sequence = 0;
        let wordsSent = 0;
        const intake = createIntake({
          clock,
          present: () => ({ roomId: "room", generation: followed }),
          pass(message) {
            passed.push(message);
            if (message.event === "partner-back") followed = message.body.generation;
          },
          onTooMuch: () => {},
        });
        intake.enter("room");
        for (const { what, times, passMs } of steps) {
          for (let time = 0; time < times; time += 1) {
            const roomId = "room";
            if (what === "away")
              intake.take({ event: "partner-away", body: { roomId, cause: "dropped", graceMs: 1 } });
            else if (what === "back" || what === "rebuild") {
              if (what === "rebuild") sent += 1;
              if (what === "rebuild") sequence = 0;
              intake.take({ event: "partner-back", body: { roomId, generation: sent, role: "responder" } });
            } else {
              sequence += 1;
              intake.take({ event: "signal", body: { roomId, generation: sent, sequence, signal: what } });
            }
            wordsSent += 1;
          }
          expect(clock.pending()).toBeLessThanOrEqual(1);
          clock.advance(passMs);
        }
        clock.advance(60_000);
        expect(clock.pending()).toBe(0);
        expect(followed).toBe(sent);
        expect(passed.length).toBeLessThanOrEqual(wordsSent);
        const places = passed.flatMap((message) =>
          message.event === "signal" ? [message.body.generation * 1e6 + message.body.sequence] : [],
        );
        expect(places).toEqual(places.toSorted((a, b) => a - b));
        expect(places.length).toBeLessThanOrEqual(wordsSent);
      }),
    );
  });
});
