import { LIMITS } from "@serendip/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { annAndBob, candidate, member, pair, relayWithLog, restart, signal } from "./relay-bench.ts";

/** One history is dozens of signals, so fewer of them are as thorough. */
const numRuns = Math.ceil(Number(process.env["FC_RUNS"] ?? 3_000) / 10);

const ROOMS = ["room-1", "room-2"] as const;
const PEOPLE = ["ann", "bob", "cid"] as const;
type Person = (typeof PEOPLE)[number];

test("[R6] 64 signals wait for an absent partner and arrive in order; one more asks for a new generation", () => {
  const { relay, delivered, ann, bob, seat, unseat } = annAndBob();
  unseat(bob);
  for (let sequence = 1; sequence <= 64; sequence += 1)
    expect(relay.relay(ann, signal("room-1", 1, sequence))).toEqual({ ok: true });
  expect(relay.relay(ann, signal("room-1", 1, 65))).toEqual({
    ok: false,
    code: "partner_unreachable",
    generation: 1,
  });
  seat({ sessionId: "bob", epoch: 2, socketId: "bob-2" });
  relay.flush("bob");
  expect(delivered.map((one) => [one.socketId, one.envelope.sequence])).toEqual(
    Array.from({ length: 64 }, (_, index) => ["bob-2", index + 1]),
  );
  expect(relay.counts().waitingSignals).toBe(0);
});

test("[R14] what waits for an absent partner is not missed, what went to its dead connection is", () => {
  const { relay, ann, bob, unseat } = annAndBob();
  const misses = (count: number, generation = 1) => relay.missesSignals("bob", { generation, count });
  for (const sequence of [1, 2]) relay.relay(ann, signal("room-1", 1, sequence));
  unseat(bob);
  for (const sequence of [3, 4]) relay.relay(ann, signal("room-1", 1, sequence));
  expect([0, 1, 2, 4].map((count) => misses(count))).toEqual([true, true, false, false]);
  expect(relay.missesSignals("ann", { generation: 1, count: 0 })).toBe(false);
  expect(relay.missesSignals("nobody", { generation: 1, count: 0 })).toBe(false);
});

test("[R14] of a negotiation that began while its connection was dead a page has got nothing", () => {
  const { relay, ann, observe } = annAndBob();
  relay.relay(ann, signal("room-1", 1, 1));
  observe([{ type: "generation-raised", roomId: "room-1", generation: 2, members: pair("ann", "bob") }]);
  expect(relay.missesSignals("bob", { generation: 1, count: 1 })).toBe(false);
  relay.relay(ann, signal("room-1", 2, 1));
  expect(relay.missesSignals("bob", { generation: 1, count: 1 })).toBe(true);
  expect(relay.missesSignals("bob", { generation: 2, count: 1 })).toBe(false);
});

test("[R6] no more than 192 KiB wait for an absent partner", () => {
  const { clock, relay, ann, bob, unseat } = annAndBob();
  unseat(bob);
  const verdicts = Array.from({ length: 13 }, (_, index) => {
    clock.advance(1_000);
    return relay.relay(ann, signal("room-1", 1, index + 1, 16_000));
  });
  expect(verdicts.filter((verdict) => verdict.ok)).toHaveLength(12);
  expect(verdicts.at(-1)).toMatchObject({ code: "partner_unreachable" });
});

test("[R2] [R11] the number of an offer and a request for a restart come as they were sent", () => {
  const { relay, delivered, ann } = annAndBob();
  const offer = { ...signal("room-1", 1, 1), signal: { kind: "offer", sdp: "v=0", attempt: 7 } } as const;
  const plain = signal("room-1", 1, 2);
  for (const one of [offer, plain, restart(3)]) relay.relay(ann, one);
  expect(delivered.map(({ envelope }) => envelope)).toEqual([offer, plain, restart(3)]);
});

const HOST = "candidate:1 1 udp 1 192.168.1.5 54321 typ host";
const RELAYED = "candidate:3 1 udp 1 203.0.113.9 5 typ relay";

test("[K10] [K11] [R3] in a room that is relay only no address passes, in neither direction, and no number is missing", () => {
  const { relay, delivered, ann, bob } = annAndBob({ relayOnly: true });
  for (const caller of [ann, bob])
    for (const [index, line] of [HOST, RELAYED, HOST].entries())
      expect(relay.relay(caller, candidate(index + 1, line))).toEqual({ ok: true });
  const description = { kind: "offer", sdp: `v=0\r\na=${HOST}\r\na=${RELAYED}\r\n` } as const;
  relay.relay(ann, { ...signal("room-1", 1, 4), signal: description });
  expect(JSON.stringify(delivered)).not.toContain("192.168.1.5");
  for (const to of ["ann-1", "bob-1"]) {
    const got = delivered.filter(({ socketId }) => socketId === to).map(({ envelope }) => envelope);
    expect(got.slice(0, 3)).toEqual(["", RELAYED, ""].map((line, index) => candidate(index + 1, line)));
  }
  expect(delivered.at(-1)?.envelope.signal).toEqual({ kind: "offer", sdp: `v=0\r\na=${RELAYED}\r\n` });
});

test("[K10] [R14] [R6] what is left out is not missed by a page that comes back, and nothing waits around the filter", () => {
  const { relay, delivered, ann, bob, observe, seat, unseat } = annAndBob({ relayOnly: true });
  for (const sequence of [1, 2]) relay.relay(ann, candidate(sequence, HOST));
  expect(relay.missesSignals("bob", { generation: 1, count: 2 })).toBe(false);
  expect(relay.missesSignals("bob", { generation: 1, count: 1 })).toBe(true);
  unseat(bob);
  relay.relay(ann, candidate(3, HOST));
  expect(relay.missesSignals("bob", { generation: 1, count: 2 })).toBe(false);
  seat({ sessionId: "bob", epoch: 2, socketId: "bob-2" });
  relay.flush("bob");
  expect(delivered.at(-1)).toEqual({ socketId: "bob-2", envelope: candidate(3, "") });
  observe([{ type: "generation-raised", roomId: "room-1", generation: 2, members: pair("ann", "bob") }]);
  relay.relay(ann, { ...candidate(1, HOST), generation: 2 });
  expect(JSON.stringify(delivered)).not.toContain("192.168.1.5");
});

test("[K5] [T2] a revived room filters from its first ticket on", () => {
  const { relay, membership, delivered, observe, seat } = relayWithLog();
  const ann = { sessionId: "ann", epoch: 1 };
  seat({ ...ann, socketId: "ann-1" });
  seat({ sessionId: "bob", epoch: 1, socketId: "bob-1" });
  const room = { roomId: "room-1", generation: 1, relayOnly: true } as const;
  observe([{ type: "room-reviving", ...room, member: member("ann") }]);
  relay.relay(ann, candidate(4, HOST));
  observe([
    { type: "room-opened", ...room, members: pair("ann", "bob"), origins: "apart", waitedMs: [0, 0] },
  ]);
  relay.flush("bob");
  expect(membership.roomOf("ann")).toMatchObject({ relayOnly: true });
  expect(delivered.map(({ envelope }) => envelope)).toEqual([candidate(4, "")]);
});

test("[S6] a socket of an older epoch is not heard", () => {
  const { relay, delivered, ann, seat } = annAndBob();
  seat({ sessionId: "ann", epoch: 2, socketId: "ann-2" });
  expect(relay.relay(ann, signal("room-1", 1, 1))).toEqual({ ok: false, code: "stale_session" });
  expect(relay.relay({ sessionId: "ann", epoch: 2 }, signal("room-1", 1, 1))).toEqual({ ok: true });
  expect(delivered).toHaveLength(1);
});

test("[R3] [T2] in a revived room the first number seen counts, and signals wait for the partner's ticket", () => {
  const { relay, delivered, observe, seat } = relayWithLog();
  const ann = { sessionId: "ann", epoch: 1 };
  observe([
    { type: "room-reviving", roomId: "room-1", generation: 3, member: member("ann"), relayOnly: false },
  ]);
  seat({ ...ann, socketId: "ann-1" });
  expect(relay.relay(ann, signal("room-1", 3, 8))).toEqual({ ok: true });
  expect(relay.relay(ann, signal("room-1", 3, 10))).toEqual({ ok: false, code: "bad_sequence" });
  observe([
    {
      type: "room-opened",
      roomId: "room-1",
      generation: 3,
      members: pair("ann", "bob"),
      relayOnly: false,
      origins: "apart",
      waitedMs: [0, 0],
    },
  ]);
  seat({ sessionId: "bob", epoch: 1, socketId: "bob-1" });
  relay.flush("bob");
  expect(relay.relay(ann, signal("room-1", 3, 9))).toEqual({ ok: true });
  expect(relay.relay({ sessionId: "bob", epoch: 1 }, signal("room-1", 3, 5))).toEqual({ ok: true });
  expect(delivered.map((one) => [one.socketId, one.envelope.sequence])).toEqual([
    ["bob-1", 8],
    ["bob-1", 9],
    ["ann-1", 5],
  ]);
});

test("[B3] [R3] in a revived room the first number seen counts, also when it has to wait", () => {
  const { relay, observe, seat } = relayWithLog();
  const ann = { sessionId: "ann", epoch: 1 };
  observe([
    { type: "room-reviving", roomId: "room-1", generation: 3, member: member("ann"), relayOnly: false },
  ]);
  seat({ ...ann, socketId: "ann-1" });
  const tooMuch = () => ({ ok: false, retryAfterMs: 20 }) as const;
  expect(relay.holdBack(ann, signal("room-1", 3, 8), tooMuch)).toBe(20);
  // Nothing is counted for what comes behind it, and nothing of it passes.
  expect(relay.holdBack(ann, signal("room-1", 3, 9), () => expect.fail("counted"))).toBe(250);
  expect(relay.relay(ann, signal("room-1", 3, 9))).toMatchObject({ code: "rate_limited" });
  expect(relay.holdBack(ann, signal("room-1", 3, 8), () => ({ ok: true }))).toBe(0);
  for (const sequence of [8, 9])
    expect(relay.relay(ann, signal("room-1", 3, sequence))).toEqual({ ok: true });
});

type Step =
  | {
      readonly do: "open" | "raise" | "end";
      readonly room: number;
      readonly left: number;
      readonly right: number;
    }
  | { readonly do: "seat" | "unseat" | "close"; readonly who: Person }
  | {
      readonly do: "signal";
      readonly who: Person;
      readonly room: number;
      readonly sequenceOff: number;
      readonly generationOff: number;
      readonly chars: number;
    };

const room = fc.integer({ min: 0, max: ROOMS.length - 1 });
const index = fc.integer({ min: 0, max: PEOPLE.length - 1 });
const who = fc.constantFrom(...PEOPLE);
const mostly = (usual: number, ...others: number[]) =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom("open" as const, "raise" as const, "end" as const),
      room,
      left: index,
      right: index,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom("seat" as const, "unseat" as const, "close" as const), who }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant("signal" as const),
      who,
      room,
      sequenceOff: mostly(0, -1, 1, 7),
      generationOff: mostly(0, -1, 1),
      chars: mostly(10, 15_000, 20_000),
    }),
  },
);

/** What is true about the rooms, kept in the plainest way. */
interface TrueRoom {
  generation: number;
  members: readonly Person[];
  /** How many numbers of a sender were taken in this generation, and which of them passed. */
  taken: Map<Person, { readonly numbers: number; readonly passed: readonly number[] }>;
  readonly serial: number;
}

test("[R2] [R3] [R4] [R12] whatever is sent, signals reach only the partner, in order, of the room's generation, and fill nobody (I15, I17)", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 30, maxLength: 120, size: "max" }), (steps) => {
      const { relay, delivered, observe, seat, unseat } = relayWithLog();
      const epochs = new Map<Person, number>();
      const seated = new Set<Person>();
      const rooms = new Map<string, TrueRoom>();
      const seen = new Map<string, number[]>();
      /** Bytes of signals to each person; no time passes here. */
      const sentTo = new Map<Person, number>();
      let serial = 0;
      const roomOf = (person: Person) => [...rooms].find(([, one]) => one.members.includes(person))?.[0];

      const checkDelivered = (from: number, sender: Person | undefined) => {
        for (const { socketId, envelope } of delivered.slice(from)) {
          const [person] = socketId.split("/") as [Person];
          const there = rooms.get(envelope.roomId);
          expect(there, "after the end").toBeDefined();
          expect(there?.members, "a third party").toContain(person);
          if (sender) expect(person, "oneself").not.toBe(sender);
          expect(envelope.generation, "an outdated negotiation").toBe(there?.generation);
          expect(socketId, "an outdated socket").toBe(`${person}/${epochs.get(person)}`);
          const key = `${there?.serial} ${envelope.generation} ${person}`;
          const before = seen.get(key) ?? [];
          const partner = there?.members.find((other) => other !== person);
          const passed = (partner && there?.taken.get(partner)?.passed) ?? [];
          expect(envelope.sequence, "a gap or a repetition").toBe(passed[before.length]);
          seen.set(key, [...before, envelope.sequence]);
          sentTo.set(person, (sentTo.get(person) ?? 0) + JSON.stringify(envelope).length);
          expect(sentTo.get(person), "more than fits").toBeLessThanOrEqual(LIMITS.signalBytes.burst);
        }
      };

      for (const one of steps) {
        const before = delivered.length;
        let sender: Person | undefined;
        if (one.do === "open") {
          const [left, right] = [PEOPLE[one.left], PEOPLE[one.right]];
          const roomId = ROOMS[one.room];
          if (
            !roomId ||
            !left ||
            !right ||
            left === right ||
            rooms.has(roomId) ||
            roomOf(left) ||
            roomOf(right)
          )
            continue;
          serial += 1;
          rooms.set(roomId, { generation: 1, members: [left, right], taken: new Map(), serial });
          observe([
            {
              type: "room-opened",
              roomId,
              generation: 1,
              members: pair(left, right),
              relayOnly: false,
              origins: "apart",
              waitedMs: [0, 0],
            },
          ]);
        } else if ("left" in one) {
          const roomId = ROOMS[one.room] ?? "";
          const there = rooms.get(roomId);
          const [left, right] = there?.members ?? [];
          if (!there || !left || !right) continue;
          if (one.do === "end") {
            rooms.delete(roomId);
            observe([{ type: "room-ended", roomId, reason: "left" }]);
          } else {
            there.generation += 1;
            there.taken.clear();
            const { generation } = there;
            observe([{ type: "generation-raised", roomId, generation, members: pair(left, right) }]);
          }
        } else if (one.do === "seat") {
          const epoch = (epochs.get(one.who) ?? 0) + 1;
          epochs.set(one.who, epoch);
          seated.add(one.who);
          seat({ sessionId: one.who, epoch, socketId: `${one.who}/${epoch}` });
          relay.flush(one.who);
        } else if (!("chars" in one)) {
          if (one.do === "unseat") unseat({ sessionId: one.who });
          else {
            observe([{ type: "session-closed", sessionId: one.who, cause: "bye" }]);
            sentTo.delete(one.who);
          }
          seated.delete(one.who);
        } else {
          sender = one.who;
          const roomId = ROOMS[one.room] ?? "";
          const there = rooms.get(roomId);
          const { numbers: taken, passed } = there?.taken.get(sender) ?? { numbers: 0, passed: [] };
          const generation = Math.max(1, (there?.generation ?? 1) + one.generationOff);
          const sequence = Math.max(1, taken + 1 + one.sequenceOff);
          const caller = { sessionId: sender, epoch: epochs.get(sender) ?? 0 };
          const verdict = relay.relay(caller, signal(roomId, generation, sequence, one.chars));
          const fits = there && generation === there.generation && there.members.includes(sender);
          if (!seated.has(sender)) expect(verdict).toMatchObject({ code: "stale_session" });
          else if (!there?.members.includes(sender)) expect(verdict).toMatchObject({ code: "not_in_room" });
          else if (generation < there.generation) expect(verdict).toMatchObject({ code: "stale_generation" });
          else if (!fits) expect(verdict).toMatchObject({ code: "bad_sequence" });
          else if (sequence <= taken) expect(verdict).toEqual({ ok: true });
          else if (sequence > taken + 1) {
            // Which of them, only what went before can tell.
            const codes = ["bad_sequence", "rate_limited", "stale_generation"];
            expect(codes).toContain(verdict.ok || verdict.code);
          } else if (one.chars > LIMITS.descriptionChars.offer) {
            expect(verdict).toEqual({ ok: false, code: "too_large" });
            there.taken.set(sender, { numbers: sequence, passed });
          } else if (verdict.ok)
            there.taken.set(sender, { numbers: sequence, passed: [...passed, sequence] });
          else expect(["rate_limited", "partner_unreachable"]).toContain(verdict.code);
          if (!verdict.ok || sequence <= taken) expect(delivered).toHaveLength(before);
        }
        checkDelivered(before, sender);
        expect(relay.counts().waitingSignals).toBeLessThanOrEqual(rooms.size * 2 * 64);
      }

      // Nothing waits for ever: who is there in the end has got everything that was taken.
      for (const there of rooms.values())
        for (const person of there.members) {
          const partner = there.members.find((other) => other !== person);
          if (!partner || !seated.has(person)) continue;
          const key = `${there.serial} ${there.generation} ${person}`;
          expect(seen.get(key) ?? [], "lost").toEqual(there.taken.get(partner)?.passed ?? []);
        }
    }),
    { numRuns },
  );
});

test("[S9] nothing is kept of rooms and sessions that are over (I20)", () => {
  const { relay, ann, bob, observe, unseat, counts } = annAndBob();
  unseat(bob);
  relay.relay(ann, signal("room-1", 1, 1));
  observe([
    { type: "room-ended", roomId: "room-1", reason: "left" },
    { type: "session-closed", sessionId: "ann", cause: "bye" },
    { type: "session-closed", sessionId: "bob", cause: "grace-over" },
  ]);
  expect(counts()).toEqual({ rooms: 0, members: 0, seats: 0, waitingSignals: 0, receivers: 0 });
});
