import { LIMITS, type SignalEnvelope } from "@serendip/protocol";
import { expect, test } from "vitest";
import { annAndBob, candidate, pair, relayWithLog, restart, signal } from "./relay-bench.ts";

const LONG = 16_000;
const TO_WAIT = { ok: false, code: "rate_limited", retryAfterMs: expect.any(Number) };

test("[R12] a session is sent 96 KiB of signals at once and 32 KiB per second, in all generations together; what is too much comes later", () => {
  const { clock, relay, ann, bob, observe, delivered } = annAndBob();
  const offer = (generation: number, sequence: number) =>
    relay.relay(ann, signal("room-1", generation, sequence, LONG));
  for (let sequence = 1; sequence <= 6; sequence += 1) expect(offer(1, sequence)).toEqual({ ok: true });
  expect(offer(1, 7)).toEqual(TO_WAIT);
  observe([
    {
      type: "generation-raised",
      roomId: "room-1",
      generation: 2,
      members: pair("ann", "bob"),
    },
  ]);
  const refused = offer(2, 1);
  expect(refused).toEqual(TO_WAIT);
  // The other direction has an allowance of its own.
  expect(relay.relay(bob, signal("room-1", 2, 1, LONG))).toEqual({ ok: true });
  clock.advance("retryAfterMs" in refused ? (refused.retryAfterMs ?? 0) : 0);
  expect(offer(2, 1)).toEqual({ ok: true });
  expect(offer(2, 2)).toEqual(TO_WAIT);
  expect(delivered).toHaveLength(8);
});

test("[R12] [W9] a row of partners sends a session no more at once than one of them may", () => {
  const { clock, relay, delivered, observe, seat } = relayWithLog();
  seat({ sessionId: "bob", epoch: 1, socketId: "bob-1" });
  const verdicts = [1, 2, 3, 4].flatMap((n) => {
    const villain = { sessionId: `villain-${n}`, epoch: 1 };
    const roomId = `room-${n}`;
    const members = pair(villain.sessionId, "bob");
    seat({ ...villain, socketId: `${villain.sessionId}-1` });
    observe([
      {
        type: "room-opened",
        roomId,
        generation: 1,
        members,
        relayOnly: false,
        origins: "apart",
        waitedMs: [0, 0],
      },
    ]);
    const sent = [1, 2, 3, 4, 5, 6].map((sequence) =>
      relay.relay(villain, signal(roomId, 1, sequence, LONG)),
    );
    observe([{ type: "room-ended", roomId, reason: "media-failed" }]);
    return sent;
  });
  expect(JSON.stringify(delivered).length).toBeLessThan(100 * 1024);
  expect(verdicts.slice(0, 6).every(({ ok }) => ok)).toBe(true);
  for (const verdict of verdicts.slice(6))
    expect(["rate_limited", "bad_sequence"]).toContain(verdict.ok || verdict.code);
  // An honest one after them waits for a moment, and has no number too few.
  seat({ sessionId: "ann", epoch: 1, socketId: "ann-1" });
  const members = pair("ann", "bob");
  observe([
    {
      type: "room-opened",
      roomId: "room-5",
      generation: 1,
      members,
      relayOnly: false,
      origins: "apart",
      waitedMs: [0, 0],
    },
  ]);
  const ann = { sessionId: "ann", epoch: 1 };
  expect(relay.relay(ann, signal("room-5", 1, 1, 6_000))).toMatchObject({ code: "rate_limited" });
  clock.advance(200);
  expect(relay.relay(ann, signal("room-5", 1, 1, 6_000))).toEqual({ ok: true });
});

test.each([
  ["there", 100],
  ["away", 200],
] as const)(
  "[R12] [R6] [K12] what comes to a partner who is %s counts, also where stand-ins are longer than the words they hide",
  (where, mostKiB) => {
    // Of 4,000 characters become 14,000.
    const sdp = `v=0\r\n${`a=mid:${"@ ".repeat(40)}\r\n`.repeat(45)}`;
    const { relay, delivered, ann, bob, clock, seat, unseat } = annAndBob({ relayOnly: true });
    if (where === "away") unseat(bob);
    let sequence = 0;
    for (let n = 0; n < 40; n += 1) {
      if (where === "away") clock.advance(1_000);
      const { ok } = relay.relay(ann, {
        ...signal("room-1", 1, sequence + 1),
        signal: { kind: "offer", sdp },
      });
      if (ok) sequence += 1;
    }
    seat({ sessionId: "bob", epoch: 2, socketId: "bob-2" });
    relay.flush("bob");
    expect(delivered.length).toBeGreaterThan(4);
    expect(JSON.stringify(delivered).length).toBeLessThan(mostKiB * 1024);
  },
);

test("[R12] what counts is what a signal takes on the wire, in whatever field", () => {
  const many = (one: SignalEnvelope["signal"]): number => {
    const { relay, ann } = annAndBob();
    const sent = Array.from({ length: 100 }, (_, n) =>
      relay.relay(ann, { roomId: "room-1", generation: 1, sequence: n + 1, signal: one }),
    );
    return sent.filter(({ ok }) => ok).length;
  };
  // Two bytes of JSON for each character.
  expect(many({ kind: "offer", sdp: '"'.repeat(LONG) })).toBe(3);
  const candidate = {
    candidate: "",
    sdpMid: "\u0001".repeat(100),
    sdpMLineIndex: 0,
    usernameFragment: "\u0001".repeat(256),
  };
  expect(many({ kind: "candidate", candidate })).toBeLessThan(50);
});

const MANY_SECTIONS = "m=audio 0 UDP/TLS/RTP/SAVPF 0\r\n".repeat(200);

test.each([
  ["with two sections of a kind", "offer", MANY_SECTIONS, "too_large"],
  ["of more than 16 Ki characters", "offer", "x".repeat(16 * 1024 + 1), "too_large"],
  ["of more than 24 Ki characters", "answer", "x".repeat(24 * 1024 + 1), "too_large"],
  ["that is not ASCII", "offer", "v=0\r\na=\0\r\n", "bad_request"],
] as const)(
  "[R12] [R3] [R17] a description %s passes to nobody and counts for its sender, and leaves no hole in the numbers",
  (_what, kind, sdp, code) => {
    const { relay, delivered, ann, meter } = annAndBob();
    expect(relay.relay(ann, { ...signal("room-1", 1, 1), signal: { kind, sdp } })).toEqual({
      ok: false,
      code,
    });
    expect(meter.size()).toBe(1);
    // Said again, it is a repetition.
    expect(relay.relay(ann, { ...signal("room-1", 1, 1), signal: { kind, sdp } })).toEqual({ ok: true });
    expect(relay.relay(ann, signal("room-1", 1, 2))).toEqual({ ok: true });
    expect(delivered.map(({ envelope }) => envelope)).toEqual([signal("room-1", 1, 2)]);
    for (let sequence = 3; sequence < 3 + LIMITS.perMinute.refusals; sequence += 1) {
      const verdict = relay.relay(ann, { ...signal("room-1", 1, sequence), signal: { kind, sdp } });
      expect("isFlood" in verdict).toBe(sequence === 2 + LIMITS.perMinute.refusals);
    }
  },
);

test("[R14] [R3] a number whose signal was refused for good is not missed by a page that comes back", () => {
  const { relay, ann, bob, seat, unseat, delivered } = annAndBob();
  const refused = (sequence: number) =>
    ({ ...signal("room-1", 1, sequence), signal: { kind: "offer", sdp: MANY_SECTIONS } }) as const;
  const misses = (count: number) => relay.missesSignals("bob", { generation: 1, count });
  relay.relay(ann, signal("room-1", 1, 1));
  relay.relay(ann, refused(2));
  expect([misses(0), misses(1)]).toEqual([true, false]);
  unseat(bob);
  relay.relay(ann, signal("room-1", 1, 3));
  relay.relay(ann, refused(4));
  expect([misses(0), misses(1)]).toEqual([true, false]);
  seat({ sessionId: "bob", epoch: 2, socketId: "bob-2" });
  relay.flush("bob");
  expect(delivered.map(({ envelope }) => envelope.sequence)).toEqual([1, 3]);
  expect([misses(1), misses(3)]).toEqual([true, false]);
});

test("[R3] [R17] a lost number counts once, whatever comes behind it; what a reconnect does not mend a new generation does", () => {
  const { relay, ann, meter, seat } = annAndBob();
  const send = (epoch: number, sequence: number) =>
    relay.relay({ ...ann, epoch }, signal("room-1", 1, sequence));
  expect(send(1, 1)).toEqual({ ok: true });
  for (let sequence = 3; sequence < 3 + 2 * LIMITS.perMinute.refusals; sequence += 1)
    expect(send(1, sequence)).toEqual({ ok: false, code: "bad_sequence" });
  seat({ sessionId: "ann", epoch: 2, socketId: "ann-2" });
  expect(send(2, 3)).toEqual({ ok: false, code: "stale_generation", generation: 1 });
  // Where the page has it after all, all goes on.
  expect([2, 3, 4].map((sequence) => send(2, sequence))).toEqual([{ ok: true }, { ok: true }, { ok: true }]);
  expect(send(2, 6)).toEqual({ ok: false, code: "bad_sequence" });
  for (let refusal = 3; refusal <= LIMITS.perMinute.refusals; refusal += 1)
    expect(meter.refuse("user-ann")).toEqual({ isFlood: false });
  expect(meter.refuse("user-ann")).toEqual({ isFlood: true });
});

test("[R12] [R17] behind a signal that has to wait everything waits, without a lost number and without counting", () => {
  const { clock, relay, delivered, ann, meter } = annAndBob();
  for (let sequence = 1; sequence <= 6; sequence += 1) relay.relay(ann, signal("room-1", 1, sequence, LONG));
  expect(relay.relay(ann, signal("room-1", 1, 7, LONG))).toEqual(TO_WAIT);
  // What was on its way comes whenever the network brings it, also after the pause.
  for (let turn = 0; turn < 2 * LIMITS.perMinute.refusals; turn += 1) {
    clock.advance(turn === LIMITS.perMinute.refusals ? 1_000 : 0);
    expect(relay.relay(ann, candidate(8 + (turn % 50)))).toEqual(TO_WAIT);
  }
  for (let refusal = 1; refusal <= LIMITS.perMinute.refusals; refusal += 1)
    expect(meter.refuse("user-ann")).toEqual({ isFlood: false });
  for (const sequence of [7, 8])
    expect(relay.relay(ann, signal("room-1", 1, sequence, 10))).toEqual({ ok: true });
  expect(delivered.map(({ envelope }) => envelope.sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test("[R12] [R17] who does not wait although there is no room at the partner is counted", () => {
  const { relay, ann } = annAndBob();
  for (let sequence = 1; sequence <= 6; sequence += 1) relay.relay(ann, signal("room-1", 1, sequence, LONG));
  const ask = () => relay.relay(ann, signal("room-1", 1, 7, LONG));
  for (let n = 0; n <= LIMITS.perMinute.refusals; n += 1) expect(ask()).toEqual(TO_WAIT);
  expect(ask()).toMatchObject({ code: "rate_limited", isFlood: true });
});

test("[R12] a sender has 100 candidates after each of its descriptions", () => {
  const { relay, delivered, ann } = annAndBob();
  for (let sequence = 1; sequence <= 100; sequence += 1)
    expect(relay.relay(ann, candidate(sequence))).toEqual({ ok: true });
  expect(relay.relay(ann, candidate(101))).toEqual({ ok: false, code: "too_large" });
  expect(relay.relay(ann, signal("room-1", 1, 102))).toEqual({ ok: true });
  for (let sequence = 103; sequence <= 202; sequence += 1)
    expect(relay.relay(ann, candidate(sequence))).toEqual({ ok: true });
  expect(relay.relay(ann, candidate(203))).toEqual({ ok: false, code: "too_large" });
  expect(delivered).toHaveLength(201);
});

test("[R12] [R11] a request for a restart is no description: it makes no room for candidates", () => {
  const { relay, ann } = annAndBob();
  for (let sequence = 1; sequence <= 100; sequence += 1) relay.relay(ann, candidate(sequence));
  expect(relay.relay(ann, restart(101))).toEqual({ ok: true });
  expect(relay.relay(ann, candidate(102))).toEqual({ ok: false, code: "too_large" });
});

test("[R12] [R11] a sender has 100 descriptions and 100 requests for a restart in a generation, and as many in the next", () => {
  const { relay, ann, observe, clock } = annAndBob();
  for (const generation of [1, 2]) {
    // Long enough that what one person may do in a minute (R17) is not what is looked at.
    clock.advance(60_000);
    for (let n = 0; n < 100; n += 1) {
      expect(relay.relay(ann, signal("room-1", generation, 2 * n + 1))).toEqual({ ok: true });
      expect(relay.relay(ann, restart(2 * n + 2, generation))).toEqual({ ok: true });
    }
    for (const one of [signal("room-1", generation, 201), restart(202, generation)])
      expect(relay.relay(ann, one)).toEqual({ ok: false, code: "too_large" });
    // What still has a use passes.
    expect(relay.relay(ann, { ...candidate(203), generation })).toEqual({ ok: true });
    const members = pair("ann", "bob");
    observe([{ type: "generation-raised", roomId: "room-1", generation: generation + 1, members }]);
  }
});
