import { LIMITS, TIMES } from "@serendip/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reduceCall } from "../../../src/call/call.machine.ts";
import type { CallEvent } from "../../../src/call/call-event.machine.ts";
import { roomOf } from "../../../src/call/call-facts.machine.ts";
import { CALL_RULES, type CallState, deadlineOf, initialCall } from "../../../src/call/call-state.machine.ts";
import { FLOW_RULES } from "../../../src/call/recovery/media-flow.machine.ts";
import {
  type EngineBench,
  engineBench,
  NOTHING_READ,
  PEER_CONNECTS,
  PEER_FAILS,
  PEER_NEVER_CONNECTS,
  SOCKET_ACCEPTS,
  SOCKET_UNREACHABLE,
} from "../../../src/testing/index.ts";
import { PROBLEMS } from "../../../src/words/problems.ts";

/** What the bounds of the server are made of: a page needs no more of anything in a minute (SPEC R17). */
const MOST_RESTARTS = 60_000 / TIMES.restartMs;
const MOST_RETURNS = 60_000 / TIMES.returnMs;

const MINUTE_MS = 60_000;
/** The largest number of instants within any minute. */
const mostInMinute = (times: readonly number[]): number =>
  Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + MINUTE_MS).length));

const inRoom = ({ server }: EngineBench) => server.state.kind === "in-room";
const read = (bench: EngineBench, bytes: number) => {
  const peer = bench.peers.current();
  if (peer) peer.reading = { ...NOTHING_READ, bytesReceived: bytes, packetsReceived: bytes };
};

/** The generation that this begins is the partner's. */
const PARTNERS_REBUILD = "the partner begins anew";

/** What networks, browsers and an honest partner do to a call. */
const FATES: Readonly<Record<string, (bench: EngineBench) => void>> = {
  "ICE is interrupted": ({ peers }) => peers.current()?.handlers.onInterrupted(),
  "ICE is connected": ({ peers }) => peers.current()?.handlers.onConnected(),
  "the connection fails": ({ peers }) => peers.current()?.handlers.onFailed(PROBLEMS.peerFailed),
  "connections fail": ({ peers }) => {
    peers.behaviour = PEER_FAILS;
  },
  "connections hang": ({ peers }) => {
    peers.behaviour = PEER_NEVER_CONNECTS;
  },
  "connections work": ({ peers }) => {
    peers.behaviour = PEER_CONNECTS;
  },
  "the socket is lost": ({ server }) => server.drop(),
  "the server is away": ({ server }) => {
    server.behaviour = SOCKET_UNREACHABLE;
    server.drop();
  },
  "the server is back": ({ server, hints }) => {
    server.behaviour = SOCKET_ACCEPTS;
    hints.promise();
  },
  "another network": ({ hints }) => hints.changeNetwork(),
  "the partner is away": (bench) => {
    if (inRoom(bench)) bench.server.partnerAway(10_000);
  },
  "the partner is back": (bench) => {
    if (inRoom(bench)) bench.server.partnerBack();
  },
  [PARTNERS_REBUILD]: (bench) => {
    const { state } = bench.server;
    if (state.kind === "in-room")
      bench.server.partnerBack({ generation: state.room.generation + 1, role: "responder" });
  },
};

/** Instants at which the page had a generation begun, and at which it told the partner of a restart. */
interface Needs {
  readonly generations: readonly number[];
  readonly restarts: readonly number[];
}

async function live(
  cycle: readonly { readonly name: string; readonly passMs: number; readonly bytes: boolean }[],
  role: "initiator" | "responder",
): Promise<Needs> {
  const bench = engineBench();
  const generations: number[] = [];
  const restarts: number[] = [];
  let told = 0;
  let bytes = 0;
  let known = { roomId: "", generation: 1 };
  const roomNow = () => (bench.server.state.kind === "in-room" ? bench.server.state.room : undefined);
  const look = (): void => {
    const now = bench.clock.now();
    const room = roomNow();
    // Whether it was asked for or the page came back without its connection.
    const raised = room?.roomId === known.roomId ? room.generation - known.generation : 0;
    for (let count = 0; count < raised; count += 1) generations.push(now);
    if (room) known = room;
    const all = bench.peers.opened.flatMap((peer) => peer.restarts.filter((whom) => whom === "partner"));
    for (; told < all.length; told += 1) restarts.push(now);
  };
  const pass = async (ms: number, flows: boolean): Promise<void> => {
    for (let left = ms; left > 0; left -= 50) {
      if (flows) bytes += 1_000;
      read(bench, bytes);
      await bench.pass(Math.min(50, left));
      look();
    }
  };
  bench.chat.subscribe(() => {});
  bench.chat.start();
  await bench.settle();
  bench.server.match({ role });
  await bench.settle();
  await pass(2_000, true);
  const end = bench.clock.now() + 90_000;
  while (bench.clock.now() < end) {
    for (const { name, passMs, bytes: flows } of cycle) {
      FATES[name]?.(bench);
      const { roomId, generation } = known;
      if (name === PARTNERS_REBUILD && roomNow()?.roomId === roomId)
        known = { roomId, generation: generation + 1 };
      await bench.settle();
      look();
      await pass(passMs, flows);
    }
    // Where the call was given up, the next one is as unlucky.
    if (bench.server.state.kind === "queued") bench.server.match({ role });
    await pass(50, false);
  }
  bench.chat.stop();
  return { generations, restarts };
}

describe("an honest page in the worst of networks", () => {
  it("[R17] [L2] [L3] no cycle of losses, however short, makes it need half of what the server takes", async () => {
    const fate = fc.record({
      name: fc.constantFrom(...Object.keys(FATES)),
      passMs: fc.constantFrom(0, 0, 50, 200, 500, 800, 2_000),
      bytes: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fate, { minLength: 1, maxLength: 6 }),
        fc.constantFrom("initiator" as const, "responder" as const),
        async (cycle, role) => {
          const { generations, restarts } = await live(cycle, role);
          expect(mostInMinute(generations)).toBeLessThanOrEqual(MOST_RETURNS);
          expect(mostInMinute(restarts)).toBeLessThanOrEqual(MOST_RESTARTS);
        },
      ),
      { numRuns: 40 },
    );
    expect(MOST_RETURNS).toBeLessThanOrEqual(LIMITS.perMinute.generations / 2);
    // Besides its own restarts an initiator makes an offer a second because its partner asks.
    expect(MOST_RESTARTS + 60).toBeLessThanOrEqual(LIMITS.perMinute.restarts / 2);
  }, 120_000);
});

/** Any event of a call, as soon as it can be: a silence is told after it has lasted. */
const EVENTS = [
  "peer-connected",
  "peer-interrupted",
  "peer-failed",
  "peer-closed",
  "media-missed",
  "media-stalled",
  "media-flows",
  "signaling-up",
  "signaling-down",
  "network-changed",
  "network-opened",
  "ice-renewed",
  "away",
  "back",
  "anew",
] as const;

describe("the ladder", () => {
  it("[R17] [L2] [L3] tells no two restarts sooner than 500 ms apart, and asks for no two new generations sooner than 600 ms, whatever happens", () => {
    const afterMs = fc.constantFrom(0, 0, 1, 100, 499, 500, 750, 2_000);
    // Of few kinds in each run, or what follows from three of them in a row is never seen.
    const anySteps = fc
      .uniqueArray(fc.constantFrom(...EVENTS), { minLength: 1, maxLength: 6 })
      .chain((names) =>
        fc.array(fc.record({ name: fc.constantFrom(...names, "peer-connected" as const), afterMs }), {
          minLength: 1,
          maxLength: 80,
        }),
      );
    fc.assert(
      fc.property(anySteps, fc.constantFrom("initiator" as const, "responder" as const), (steps, role) => {
        let now = 0;
        let state: CallState = initialCall("seed");
        let heardAt = 0;
        const restarts: number[] = [];
        const generations = new Map<number, number>();
        const view = (generation: number) => ({
          roomId: "room",
          requestId: "r",
          generation,
          role,
          partner: "present" as const,
        });
        const play = (event: CallEvent): void => {
          const { effects, state: next } = reduceCall(state, event, now);
          state = next;
          for (const effect of effects) {
            if (effect.type === "restart-ice" && effect.tell === "partner") restarts.push(now);
            if (effect.type === "rebuild" && !generations.has(effect.room.generation))
              generations.set(effect.room.generation, now);
          }
        };
        const goOn = (ms: number): void => {
          const until = now + ms;
          for (let due = deadlineOf(state); due !== undefined && due <= until; due = deadlineOf(state)) {
            now = Math.max(now, due);
            play({ type: "tick" });
          }
          now = until;
        };
        play({ type: "resume", requestId: "r" });
        play({ type: "code-ready", captureId: state.serial });
        play({ type: "media-ready", captureId: state.serial });
        play({ type: "signaling-up", state: { kind: "in-room", room: view(1) } });
        for (const { name, afterMs } of steps) {
          goOn(afterMs);
          const room = roomOf(state);
          if (!room) break;
          const { roomId, generation } = room;
          // A restart, or a generation that was asked for, is answered at once.
          if (name === "away")
            play({ type: "partner-away", body: { roomId, cause: "dropped", graceMs: 10_000 } });
          else if (name === "back") play({ type: "partner-back", body: { roomId, generation, role } });
          else if (name === "anew")
            play({ type: "partner-back", body: { roomId, generation: generation + 1, role } });
          else if (name === "signaling-up")
            play({ type: name, state: { kind: "in-room", room: view(generation) } });
          else if (
            name === "signaling-down" ||
            name === "network-changed" ||
            name === "network-opened" ||
            name === "ice-renewed"
          )
            play({ type: name });
          else {
            if (name === "peer-connected" || name === "media-flows") heardAt = now;
            const silent = name === "media-missed" || name === "media-stalled";
            if (silent && now - heardAt < FLOW_RULES.missMs) continue;
            play({ type: name, roomId, generation });
          }
        }
        const apart = (times: readonly number[], leastMs: number): void => {
          for (const [index, at] of times.slice(1).entries())
            expect(at - (times[index] ?? 0)).toBeGreaterThanOrEqual(leastMs);
        };
        apart(restarts, TIMES.restartMs);
        apart([...generations.values()], CALL_RULES.generationMs);
      }),
      { numRuns: 3_000 },
    );
  });
});
