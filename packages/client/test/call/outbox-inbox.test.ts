import { LIMITS, type Signal, type SignalEnvelope } from "@serendip/protocol";
import { manualClock } from "@serendip/time/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createInbox } from "../../src/call/inbox.ts";
import { createOutbox, SIGNAL_PACE } from "../../src/call/outbox.ts";

const offer = (sdp: string): Signal => ({ kind: "offer", sdp });
const candidate: Signal = {
  kind: "candidate",
  candidate: { candidate: "c", sdpMid: "0", sdpMLineIndex: 0 },
};
const room = (generation: number, roomId = "a") => ({ roomId, generation });

function outboxAt(clock = manualClock(), send: (envelope: SignalEnvelope) => void = () => {}) {
  return createOutbox({ clock, send });
}

describe("outbox", () => {
  it("[R3] numbers from 1 in each generation, and forgets what was for another one", () => {
    const outbox = outboxAt();
    expect(outbox.add(offer("nobody"))).toBeUndefined();
    outbox.enter(room(1));
    expect(outbox.add(offer("1"))?.sequence).toBe(1);
    expect(outbox.add(offer("2"))?.sequence).toBe(2);
    outbox.enter(room(1));
    expect(outbox.add(offer("3"))?.sequence).toBe(3);
    outbox.enter(room(2));
    expect(outbox.unsettled()).toEqual([]);
    expect(outbox.add(offer("1"))).toMatchObject({ generation: 2, sequence: 1 });
  });

  it("[R3] keeps what the server has not taken, in order", () => {
    const outbox = outboxAt();
    outbox.enter(room(1));
    const sent = ["1", "2", "3"].map((sdp) => outbox.add(offer(sdp)));
    if (sent[1]) outbox.settle(sent[1]);
    expect(outbox.unsettled()).toEqual([sent[0], sent[2]]);
  });

  it("sends no more candidates than the server takes, and still the description after them", () => {
    const outbox = outboxAt();
    outbox.enter(room(1));
    const sent = Array.from({ length: LIMITS.candidatesPerDescription + 5 }, () => outbox.add(candidate));
    expect(sent.filter(Boolean)).toHaveLength(LIMITS.candidatesPerDescription);
    expect(outbox.add(offer("x"))?.sequence).toBe(LIMITS.candidatesPerDescription + 1);
  });
});

describe("outbox with its own pace", () => {
  const PACE_MS = 1_000 / SIGNAL_PACE.perSecond;
  function filled(count: number) {
    const clock = manualClock();
    const sent: number[] = [];
    const outbox = outboxAt(clock, ({ sequence }) => sent.push(sequence));
    outbox.enter(room(1));
    for (let made = 0; made < count; made += 1) outbox.add(offer(`${made}`));
    return { clock, sent, outbox };
  }

  it("[B13] lets a whole set-up out at once, and what is beyond it evenly, in order, each once", () => {
    const { burst } = SIGNAL_PACE;
    const { clock, sent, outbox } = filled(burst + 3);
    outbox.flush();
    outbox.flush();
    expect(sent).toHaveLength(burst);
    for (let more = 1; more <= 3; more += 1) {
      clock.advance(PACE_MS);
      expect(sent).toHaveLength(burst + more);
    }
    clock.advance(60_000);
    expect(sent).toEqual(Array.from({ length: burst + 3 }, (_, at) => at + 1));
    expect(clock.pending()).toBe(0);
  });

  it("[B13] counts for the person, in all generations, and what is sent again counts too", () => {
    const { burst } = SIGNAL_PACE;
    const { sent, outbox } = filled(burst / 2);
    outbox.flush();
    outbox.resend();
    expect(sent).toHaveLength(burst);
    outbox.enter(room(2));
    outbox.add(offer("x"));
    outbox.flush();
    expect(sent).toHaveLength(burst);
    outbox.enter(undefined);
  });

  it("[B13] [R17] a pause that the server asks for counts for what its own pace keeps, too", () => {
    const { burst } = SIGNAL_PACE;
    const { clock, sent, outbox } = filled(burst + 1);
    outbox.flush();
    for (const envelope of outbox.unsettled().slice(0, burst - 1)) outbox.settle(envelope);
    outbox.pause(5_000);
    clock.advance(4_999);
    expect(sent).toHaveLength(burst);
    clock.advance(1);
    expect(sent.slice(burst)).toEqual([burst, burst + 1]);
  });
});

describe("outbox that is asked to wait", () => {
  it("[R17] keeps everything, and sends it in order when the time is over", () => {
    const clock = manualClock();
    const sent: number[] = [];
    const outbox = outboxAt(clock, ({ sequence }) => sent.push(sequence));
    outbox.enter(room(1));
    const [first] = ["1", "2"].map((sdp) => outbox.add(offer(sdp)));
    outbox.pause(100);
    outbox.pause(50);
    outbox.add(offer("3"));
    clock.advance(99);
    expect(outbox.paused()).toBe(true);
    expect(sent).toEqual([]);
    if (first) outbox.settle(first);
    clock.advance(1);
    expect(outbox.paused()).toBe(false);
    expect(sent).toEqual([2, 3]);
    expect(clock.pending()).toBe(0);
  });

  it("[R17] forgets the pause with the negotiation", () => {
    const clock = manualClock();
    const sent: number[] = [];
    const outbox = outboxAt(clock, ({ sequence }) => sent.push(sequence));
    outbox.pause(100);
    expect(outbox.paused()).toBe(false);
    outbox.enter(room(1));
    outbox.add(offer("1"));
    outbox.pause(100);
    outbox.enter(room(2));
    expect(outbox.paused()).toBe(false);
    expect(clock.pending()).toBe(0);
  });

  it("[R17] sends fewer candidates in a minute than the server takes, whatever the browser gathers", () => {
    const clock = manualClock();
    const outbox = outboxAt(clock);
    const perMinute: number[] = [];
    for (let minute = 0, generation = 0; minute < 3; minute += 1) {
      let sent = 0;
      for (let gathering = 0; gathering < 120; gathering += 1) {
        generation += 1;
        outbox.enter(room(generation));
        for (let count = 0; count < 100; count += 1) if (outbox.add(candidate)) sent += 1;
        clock.advance(500);
      }
      perMinute.push(sent);
    }
    for (const sent of perMinute) {
      expect(sent).toBeLessThanOrEqual(LIMITS.perMinute.candidates);
      expect(sent).toBeGreaterThanOrEqual(LIMITS.perMinute.candidates / 2 - 100);
    }
  });
});

describe("inbox", () => {
  it("[R14] knows how many signals of the negotiation have come, handed over or not", () => {
    const inbox = createInbox();
    expect(inbox.received()).toBeUndefined();
    inbox.enter(room(2));
    expect(inbox.received()).toEqual({ generation: 2, count: 0 });
    const signal = offer("x");
    inbox.receive({ roomId: "a", generation: 2, sequence: 1, signal });
    inbox.receive({ roomId: "a", generation: 3, sequence: 1, signal });
    expect(inbox.received()).toEqual({ generation: 2, count: 1 });
    inbox.deliverTo(room(2), () => undefined);
    inbox.receive({ roomId: "a", generation: 2, sequence: 2, signal });
    expect(inbox.received()).toEqual({ generation: 2, count: 2 });
    inbox.enter(room(3));
    expect(inbox.received()).toEqual({ generation: 3, count: 1 });
  });

  it("[R4] passes nothing of another room or an older generation, whatever comes", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            roomId: fc.constantFrom("a", "b"),
            generation: fc.integer({ min: 1, max: 3 }),
            sequence: fc.integer({ min: 1, max: 5 }),
          }),
        ),
        fc.integer({ min: 0, max: 20 }),
        (envelopes, openAt) => {
          const inbox = createInbox();
          inbox.enter(room(2));
          const passed: Signal[] = [];
          const open = () => inbox.deliverTo(room(2), (signal) => passed.push(signal));
          envelopes.forEach((envelope, index) => {
            if (index === openAt) open();
            inbox.receive({ ...envelope, signal: offer(JSON.stringify(envelope)) });
          });
          if (openAt >= envelopes.length) open();
          const seen = passed.map((signal) => JSON.parse("sdp" in signal ? signal.sdp : ""));
          const sequences = seen.map(({ sequence }) => sequence);
          expect(seen.every(({ roomId, generation }) => roomId === "a" && generation === 2)).toBe(true);
          expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => a - b));
        },
      ),
    );
  });

  it("[R3] keeps what comes before the connection, and before the word of a new generation", () => {
    const inbox = createInbox();
    const passed: string[] = [];
    const to = (signal: Signal) => passed.push("sdp" in signal ? signal.sdp : "");
    inbox.enter(room(1));
    inbox.receive({ ...room(1), sequence: 1, signal: offer("1-1") });
    inbox.deliverTo(room(1), to);
    inbox.receive({ ...room(2), sequence: 1, signal: offer("2-1") });
    inbox.enter(room(2));
    inbox.receive({ ...room(2), sequence: 2, signal: offer("2-2") });
    expect(passed).toEqual(["1-1"]);
    inbox.deliverTo(room(1), to);
    inbox.deliverTo(room(2), to);
    expect(passed).toEqual(["1-1", "2-1", "2-2"]);
    inbox.enter(room(1, "b"));
    inbox.receive({ ...room(2), sequence: 3, signal: offer("late") });
    inbox.deliverTo(room(1, "b"), to);
    expect(passed).toHaveLength(3);
  });
});
