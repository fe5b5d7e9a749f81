import { expect, test } from "vitest";
import { countRelayed } from "../../../src/service/counts/relay-counts.ts";
import type { Relay } from "../../../src/service/relay/relay.ts";

const CALLER = { sessionId: "session-1", epoch: 1 };
const place = { roomId: "room-1", generation: 1, sequence: 1 };
const OFFER = { ...place, signal: { kind: "offer", sdp: "v=0 ten chars" } } as const;
const RESTART = { ...place, signal: { kind: "restart" } } as const;
const CANDIDATE = {
  ...place,
  signal: { kind: "candidate", candidate: { candidate: "candidate:1", sdpMid: "0", sdpMLineIndex: 0 } },
} as const;

function setUp(verdict: ReturnType<Relay["relay"]> = { ok: true }) {
  let now = 0;
  const passed: unknown[] = [];
  const relay = {
    relay: (_caller: unknown, envelope: unknown) => {
      passed.push(envelope);
      now += 2;
      return verdict;
    },
  } as unknown as Relay;
  return { ...countRelayed(relay, () => now), passed };
}

test("[C64] signals and their characters are counted by kind, and each goes to the relay once", () => {
  const { relay, counts, passed } = setUp();
  for (const envelope of [OFFER, CANDIDATE, CANDIDATE, RESTART]) relay.relay(CALLER, envelope);
  expect(passed).toEqual([OFFER, CANDIDATE, CANDIDATE, RESTART]);
  expect(counts.taken.entries()).toEqual([
    ["offer", 1],
    ["answer", 0],
    ["candidate", 2],
    ["restart", 1],
  ]);
  expect(counts.chars()).toBe(13 + 2 * 11);
});

test("[C64] what is refused counts by the word of the refusal alone", () => {
  const { relay, counts } = setUp({ ok: false, code: "rate_limited", retryAfterMs: 1 });
  expect(relay.relay(CALLER, OFFER)).toEqual({ ok: false, code: "rate_limited", retryAfterMs: 1 });
  expect(counts.refused.entries().filter(([, count]) => count > 0)).toEqual([["rate_limited", 1]]);
  expect(counts.chars()).toBe(0);
});

test("[C64] the first signal and then one in 64 are timed", () => {
  const { relay, counts } = setUp();
  relay.relay(CALLER, OFFER);
  expect(counts.latencyMs.read()).toMatchObject({ count: 1, sum: 2 });
  for (let n = 0; n < 63; n += 1) relay.relay(CALLER, OFFER);
  expect(counts.latencyMs.read().count).toBe(1);
  for (let n = 0; n < 64 * 2 + 1; n += 1) relay.relay(CALLER, OFFER);
  expect(counts.latencyMs.read()).toMatchObject({ count: 4, sum: 8 });
});
