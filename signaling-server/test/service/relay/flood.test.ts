import { LIMITS, type Signal } from "@serendip/protocol";
import { manualClock } from "@serendip/time/testing";
import { expect, test } from "vitest";
import { DEFAULT_FLOOD_RULES } from "../../../src/domain/flood.ts";
import type { Fact, MemberView } from "../../../src/domain/lobby/command.ts";
import { createMembership } from "../../../src/service/membership.ts";
import { memoryFloodMeter } from "../../../src/service/relay/memory-flood-meter.ts";
import { createRelay } from "../../../src/service/relay/relay.ts";

const { restarts, candidates, refusals } = LIMITS.perMinute;

const OFFER: Signal = { kind: "offer", sdp: "v=0" };
const ANSWER: Signal = { kind: "answer", sdp: "v=0" };
const RESTART: Signal = { kind: "restart" };
const CANDIDATE: Signal = {
  kind: "candidate",
  candidate: { candidate: "c", sdpMid: "0", sdpMLineIndex: 0 },
};

/** Ann and Bob, one room after the other, with no other bound in the way than the one in question. */
function annAndBob() {
  const clock = manualClock();
  const membership = createMembership();
  const meter = memoryFloodMeter(clock, DEFAULT_FLOOD_RULES);
  const signalBytes = { burst: Number.MAX_SAFE_INTEGER, perSecond: 1 };
  let delivered = 0;
  const courier = {
    deliver: () => {
      delivered += 1;
      return true;
    },
  };
  const relay = createRelay({ clock, courier, membership, signalBytes, meter });
  const observe = (...facts: readonly Fact[]) => {
    relay.observe(facts);
    membership.observe(facts);
  };
  const member = (sessionId: string, role: MemberView["role"]): MemberView => ({
    sessionId,
    userId: `user-${sessionId}`,
    role,
    requestId: "find",
  });
  const members = [member("ann", "initiator"), member("bob", "responder")] as const;
  let rooms = 0;
  let generation = 1;
  const sequences = new Map<string, number>();

  for (const sessionId of ["ann", "bob"])
    observe({
      type: "session-attached",
      sessionId,
      epoch: 1,
      socketId: sessionId,
      missedWelcomes: 0,
      how: "resumed",
    });

  return {
    clock,
    meter,
    delivered: () => delivered,
    nextRoom() {
      if (rooms > 0) observe({ type: "room-ended", roomId: `room-${rooms}`, reason: "next" });
      rooms += 1;
      generation = 1;
      sequences.clear();
      const room = { roomId: `room-${rooms}`, relayOnly: false, origins: "apart", waitedMs: [0, 0] } as const;
      observe({ type: "room-opened", generation, members, ...room });
    },
    nextGeneration() {
      generation += 1;
      sequences.clear();
      observe({ type: "generation-raised", roomId: `room-${rooms}`, generation, members });
    },
    send(who: "ann" | "bob", signal: Signal) {
      const sequence = (sequences.get(who) ?? 0) + 1;
      const envelope = { roomId: `room-${rooms}`, generation, sequence, signal };
      const verdict = relay.relay({ sessionId: who, epoch: 1 }, envelope);
      if (verdict.ok) sequences.set(who, sequence);
      return verdict;
    },
    /** A signal that was on its way when the one before it was refused. */
    sendNext(who: "ann" | "bob", signal: Signal) {
      const sequence = (sequences.get(who) ?? 0) + 2;
      return relay.relay(
        { sessionId: who, epoch: 1 },
        { roomId: `room-${rooms}`, generation, sequence, signal },
      );
    },
  };
}

test("[R17] neither a new generation nor a new room renews the restarts that a person may ask for", () => {
  const pair = annAndBob();
  for (let count = 0; count < restarts; count += 1) {
    if (count % 100 === 0) pair.nextRoom();
    else if (count % 50 === 0) pair.nextGeneration();
    expect(pair.send("ann", RESTART)).toEqual({ ok: true });
  }
  pair.nextRoom();
  const before = pair.delivered();
  const retryAfterMs = Math.ceil(60_000 / restarts);
  expect(pair.send("ann", RESTART)).toEqual({
    ok: false,
    code: "rate_limited",
    retryAfterMs,
  });
  expect(pair.delivered()).toBe(before);
  expect(pair.send("bob", RESTART)).toEqual({ ok: true });
  pair.clock.advance(retryAfterMs);
  expect(pair.send("ann", RESTART)).toEqual({ ok: true });
});

test("[R17] [R11] further offers count as restarts; the first of a generation, and answers to the partner's, do not", () => {
  const pair = annAndBob();
  let offers = 0;
  for (let generation = 0; offers < restarts; generation += 1) {
    if (generation % 4 === 0) pair.nextRoom();
    else pair.nextGeneration();
    for (let offer = 0; offer < 91 && offers < restarts; offer += 1) {
      expect(pair.send("ann", OFFER)).toEqual({ ok: true });
      expect(pair.send("bob", ANSWER)).toEqual({ ok: true });
      if (offer > 0) offers += 1;
    }
  }
  expect(pair.send("ann", OFFER)).toMatchObject({ ok: false, code: "rate_limited" });
  // Bob has answered them all, and has everything left.
  pair.nextRoom();
  for (let count = 0; count < 100; count += 1) expect(pair.send("bob", RESTART)).toEqual({ ok: true });
});

test("[R17] answers that nobody waits for count as restarts", () => {
  const pair = annAndBob();
  let count = 0;
  for (; count < restarts; count += 1) {
    if (count % 99 === 0) {
      pair.nextRoom();
      pair.send("bob", ANSWER);
    }
    expect(pair.send("bob", ANSWER)).toEqual({ ok: true });
  }
  expect(pair.send("bob", ANSWER)).toMatchObject({ code: "rate_limited" });
});

test("[R17] candidates are bounded in all rooms together; what was on its way behind a refused one gets the same answer", () => {
  const pair = annAndBob();
  for (let count = 0; count < candidates; count += 1) {
    if (count % 100 === 0) pair.nextRoom();
    expect(pair.send("ann", CANDIDATE)).toEqual({ ok: true });
  }
  pair.nextRoom();
  const refused = pair.send("ann", CANDIDATE);
  expect(refused).toEqual({ ok: false, code: "rate_limited", retryAfterMs: 10 });
  expect(pair.sendNext("ann", CANDIDATE)).toMatchObject({ code: "rate_limited" });
  pair.clock.advance(10);
  // However late it comes: the refused one may still be under way.
  expect(pair.sendNext("ann", CANDIDATE)).toMatchObject({ code: "rate_limited" });
  expect(pair.send("ann", CANDIDATE)).toEqual({ ok: true });
});

test("[R17] who sends on and on is found to flood, and is forgotten after a minute of quiet", () => {
  const pair = annAndBob();
  for (let count = 0; count < restarts; count += 1) {
    if (count % 100 === 0) pair.nextRoom();
    pair.send("ann", RESTART);
  }
  pair.nextRoom();
  for (let count = 0; count < refusals; count += 1)
    expect(pair.send("ann", RESTART)).toEqual({ ok: false, code: "rate_limited", retryAfterMs: 167 });
  expect(pair.send("ann", RESTART)).toMatchObject({ code: "rate_limited", isFlood: true });
  pair.clock.advance(60_000);
  expect(pair.send("bob", RESTART)).toEqual({ ok: true });
  expect(pair.meter.size()).toBe(1);
  expect(pair.send("ann", RESTART)).not.toHaveProperty("isFlood");
});

test("[R17] what was on its way behind a refused signal counts for nothing, however much it is", () => {
  const pair = annAndBob();
  for (let count = 0; count < restarts; count += 1) {
    if (count % 100 === 0) pair.nextRoom();
    pair.send("ann", RESTART);
  }
  pair.nextRoom();
  expect(pair.send("ann", RESTART)).toMatchObject({ code: "rate_limited" });
  for (let count = 0; count < 2 * refusals; count += 1)
    expect(pair.sendNext("ann", RESTART)).toEqual({ ok: false, code: "rate_limited", retryAfterMs: 250 });
});

test("[B8] of however many people it hears, the meter remembers a bounded number", () => {
  const counts = memoryFloodMeter(manualClock(), DEFAULT_FLOOD_RULES, { most: 50 });
  for (let n = 0; n < 500; n += 1) counts.take(`user-${n}`, "candidates");
  expect(counts.size()).toBe(50);
});
