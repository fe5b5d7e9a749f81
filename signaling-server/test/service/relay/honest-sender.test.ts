import type { Signal, SignalEnvelope } from "@serendip/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { EVENT_LIMITS } from "../../../src/domain/limits/table.ts";
import { memoryEventMeter } from "../../../src/service/limits/memory-event-meter.ts";
import type { RelayVerdict } from "../../../src/service/relay/relay.ts";
import { annAndBob } from "./relay-bench.ts";

/** One exchange is hundreds of signals, so fewer of them are as thorough. */
const numRuns = Math.ceil(Number(process.env["FC_RUNS"] ?? 2_000) / 10);

/** So little that a page meets every bound many times over. */
const SCARCE = {
  signalBytes: { burst: 4_000, perSecond: 2_000 },
  flood: { burst: 5, perSecond: 2 },
};

const FEW_SIGNALS = { ...EVENT_LIMITS, signal: { why: "a test", person: { most: 8, withinMs: 2_000 } } };

interface Letter {
  readonly at: number;
  readonly open: () => void;
}

/** Many times what any exchange here takes: who is told again and again to wait for a moment would ask without end. */
const MOST_TURNS = 5_000;

/**
 * A page that does what SPEC R3 and R17 ask of it, over a network that takes its time: it keeps what the server does not have, sends
 * nothing in a pause, and everything after it.
 */
function honestPage(latencyMs: () => number) {
  const all = annAndBob({ ...SCARCE });
  const { clock, relay, ann } = all;
  const events = memoryEventMeter(clock, FEW_SIGNALS).countsOf({ person: "ann" });
  let letters: readonly Letter[] = [];
  let kept: readonly SignalEnvelope[] = [];
  let pausedUntil: number | undefined;
  let sequence = 0;
  const verdicts: RelayVerdict[] = [];
  /** Each direction keeps its order. */
  const lastAt = { there: 0, back: 0 };

  const post = (way: keyof typeof lastAt, open: () => void) => {
    lastAt[way] = Math.max(lastAt[way], clock.now() + latencyMs());
    letters = [...letters, { at: lastAt[way], open }].sort((one, other) => one.at - other.at);
  };

  const hear = (envelope: SignalEnvelope, verdict: RelayVerdict): void => {
    if (verdict.ok || verdict.code === "too_large") kept = kept.filter((other) => other !== envelope);
    else if ("retryAfterMs" in verdict && kept.includes(envelope))
      pausedUntil = Math.max(pausedUntil ?? 0, clock.now() + (verdict.retryAfterMs ?? 0));
  };

  /** As a connection does it: what is too much for the person is held back before the relay takes it (SPEC B3). */
  const ask = (envelope: SignalEnvelope): RelayVerdict => {
    const retryAfterMs = relay.holdBack(ann, envelope, () => events.take("signal"));
    return retryAfterMs > 0 ? { ok: false, code: "rate_limited", retryAfterMs } : relay.relay(ann, envelope);
  };

  const transmit = (envelope: SignalEnvelope): void => {
    if (pausedUntil !== undefined) return;
    post("there", () => {
      const verdict = ask(envelope);
      verdicts.push(verdict);
      post("back", () => hear(envelope, verdict));
    });
  };

  const goOn = (): void => {
    pausedUntil = undefined;
    for (const envelope of kept) transmit(envelope);
  };

  const dueAt = () =>
    Math.min(letters[0]?.at ?? Number.POSITIVE_INFINITY, pausedUntil ?? Number.POSITIVE_INFINITY);

  return {
    ...all,
    verdicts,
    send(signal: Signal): number {
      sequence += 1;
      const envelope = { roomId: "room-1", generation: 1, sequence, signal };
      kept = [...kept, envelope];
      transmit(envelope);
      return sequence;
    },
    pass(ms: number): void {
      const end = clock.now() + ms;
      for (let turn = 0; dueAt() <= end; turn += 1) {
        expect(turn, "turns of a page that is told to wait").toBeLessThan(MOST_TURNS);
        clock.advance(Math.max(0, dueAt() - clock.now()));
        const [first, ...rest] = letters;
        if (first && first.at <= clock.now()) {
          letters = rest;
          first.open();
        } else goOn();
      }
      clock.advance(end - clock.now());
    },
    isDone: () => kept.length === 0 && letters.length === 0,
  };
}

type Step =
  | { readonly do: "send"; readonly what: "offer" | "too-long" | "restart" | "candidate" }
  | { readonly do: "pass"; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("send" as const),
      what: fc.constantFrom(...(["offer", "too-long", "restart", "candidate", "candidate"] as const)),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 1_500 }) }),
  },
);

const SIGNALS: Readonly<Record<Extract<Step, { do: "send" }>["what"], Signal>> = {
  offer: { kind: "offer", sdp: "x".repeat(1_500) },
  "too-long": { kind: "offer", sdp: "x".repeat(20_000) },
  restart: { kind: "restart" },
  candidate: { kind: "candidate", candidate: { candidate: "c", sdpMid: "0", sdpMLineIndex: 0 } },
};

test("[R3] [R12] [R17] [B3] a page that waits when it is told to never loses a number, is never taken for a flooder, and gets everything across in order", () => {
  const steps = fc.array(step, { minLength: 5, maxLength: 40, size: "max" });
  const latencies = fc.array(fc.integer({ min: 0, max: 800 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(steps, latencies, (all, delays) => {
      let turn = 0;
      const page = honestPage(() => delays[turn++ % delays.length] ?? 0);
      const passable: number[] = [];
      for (const one of all) {
        if (one.do === "pass") page.pass(one.ms);
        else {
          const sequence = page.send(SIGNALS[one.what]);
          if (one.what !== "too-long") passable.push(sequence);
        }
      }
      page.pass(120_000);
      expect(page.isDone()).toBe(true);
      expect(page.delivered.map(({ envelope }) => envelope.sequence)).toEqual(passable);
      for (const verdict of page.verdicts) {
        expect(verdict).not.toHaveProperty("isFlood");
        if (!verdict.ok) expect(["rate_limited", "too_large"]).toContain(verdict.code);
      }
    }),
    { numRuns },
  );
});

test("[B3] [R3] what waits behind a signal does not use up what that one needs", () => {
  // Seen to go on for ever: each time the first one came a moment too early, and the one behind it took what was there by then.
  let turn = 0;
  const page = honestPage(() => [314, 0, 1][turn++ % 3] ?? 0);
  for (let n = 0; n < 9; n += 1) page.send(SIGNALS.offer);
  page.pass(10_000);
  expect(page.isDone()).toBe(true);
  expect(page.delivered).toHaveLength(9);
});
