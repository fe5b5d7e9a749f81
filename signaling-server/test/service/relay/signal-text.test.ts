import { readSignalText, type SignalEnvelope, signalTextOf } from "@serendip/protocol";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { bytesOf } from "../../../src/service/relay/lane.ts";
import field from "./field-signals.json" with { type: "json" };
import { annAndBob, candidate, signal } from "./relay-bench.ts";

const RELAY = "candidate:3 1 udp 41885695 203.0.113.9 50000 typ relay";

/** The signal as it is read from the text of a page. */
const sent = (envelope: SignalEnvelope): SignalEnvelope =>
  readSignalText(JSON.stringify(envelope)) ?? envelope;

test("[W20] [R2] a signal is handed on with the text that it came as", () => {
  const { relay, delivered, ann } = annAndBob();
  const signals = [candidate(1, RELAY), { ...signal("room-1", 1, 2), roomId: "room-1" }];
  for (const envelope of signals) expect(relay.relay(ann, sent(envelope))).toEqual({ ok: true });
  expect(delivered.map(({ envelope }) => signalTextOf(envelope))).toEqual(
    signals.map((one) => JSON.stringify(one)),
  );
});

test("[W20] so it is when it has waited for an absent partner", () => {
  const { relay, delivered, ann, seat, unseat } = annAndBob();
  unseat({ sessionId: "bob" });
  relay.relay(ann, sent(candidate(1, RELAY)));
  expect(delivered).toEqual([]);
  seat({ sessionId: "bob", epoch: 2, socketId: "bob-2" });
  relay.flush("bob");
  expect(delivered.map(({ envelope }) => signalTextOf(envelope))).toEqual([
    JSON.stringify(candidate(1, RELAY)),
  ]);
});

test.each(field.candidates)(
  "[W20] [K5] [K10] nothing goes into a relay-only room in the text that it came as: $what",
  ({ line, passes }) => {
    const { relay, delivered, ann, seat, unseat } = annAndBob({ relayOnly: true });
    expect(relay.relay(ann, sent(candidate(1, line)))).toEqual({ ok: true });
    unseat({ sessionId: "bob" });
    relay.relay(ann, sent(candidate(2, line)));
    seat({ sessionId: "bob", epoch: 2, socketId: "bob-2" });
    relay.flush("bob");
    expect(delivered).toHaveLength(2);
    for (const { envelope } of delivered) {
      expect(signalTextOf(envelope)).toBeUndefined();
      expect(envelope.signal).toMatchObject({ candidate: { candidate: passes } });
    }
  },
);

test("[W20] [K11] nor does a description, or one that has nothing to hide", () => {
  const { relay, delivered, ann } = annAndBob({ relayOnly: true });
  for (const [at, { lines }] of field.descriptions.entries()) {
    const offer = {
      ...signal("room-1", 1, at + 1),
      signal: { kind: "offer", sdp: `${lines.join("\r\n")}\r\n` },
    } as const;
    relay.relay(ann, sent(offer));
  }
  expect(delivered.length).toBeGreaterThan(0);
  for (const { envelope } of delivered) expect(signalTextOf(envelope)).toBeUndefined();
});

test("[R6] [R12] the bytes of a signal are those of its JSON in UTF-8, whatever is in it and however it was read", () => {
  const utf8 = new TextEncoder();
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.string({ maxLength: 200 }),
    fc.constantFrom("\ud800", "\u2028", "\0", "\\", '"'),
  );
  void fc.assert(
    fc.property(text, fc.boolean(), (part, isDescription) => {
      const envelope = isDescription
        ? ({ ...signal("room-1", 1, 1), signal: { kind: "offer", sdp: part } } as const)
        : candidate(1, part);
      const bytes = utf8.encode(JSON.stringify(envelope)).length;
      expect(bytesOf(envelope)).toBe(bytes);
      expect(bytesOf(sent(envelope))).toBe(bytes);
    }),
    { numRuns: 1_000 },
  );
});
