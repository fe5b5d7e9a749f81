import { type ClientReply, errorBody, LIMITS, type SignalEnvelope, TIMES } from "@serendip/protocol";
import { manualClock } from "@serendip/time/testing";
import { expect, test } from "vitest";
import { createSignalAcks } from "../../../src/edge/socket/signal-acks.ts";

const place = (sequence: number, generation = 1, roomId = "room-1") => ({ roomId, generation, sequence });
const envelope = (...where: Parameters<typeof place>): SignalEnvelope => ({
  ...place(...where),
  signal: { kind: "restart" },
});

function bench() {
  const clock = manualClock();
  const said: unknown[] = [];
  const acks = createSignalAcks({ clock, send: (event, body) => said.push([event, body]) });
  const replyTo = (body: unknown) =>
    acks.withReply(["signal", body]).at(-1) as (reply: ClientReply<"signal">) => void;
  const take = (...where: Parameters<typeof place>) => replyTo(envelope(...where))({ ok: true });
  const upTo = (sequence: number, generation = 1, roomId = "room-1") => [
    "acked",
    { roomId, generation, upTo: sequence },
  ];
  return { ...acks, clock, said, replyTo, take, upTo };
}

test("[R20] only a signal without an acknowledgement gets an answer of its own", () => {
  const { withReply } = bench();
  const reply = () => undefined;
  for (const packet of [
    ["signal", envelope(1), reply],
    ["find", { requestId: "1" }],
    ["signal-refused", {}],
    [],
  ])
    expect(withReply(packet)).toBe(packet);
  expect(withReply(["signal", 1, 2])).toEqual(["signal", 1, 2, expect.any(Function)]);
  expect(withReply(["signal"])).toEqual(["signal", expect.any(Function)]);
});

test("[R20] one word for sixteen signals, and for the rest a second after the first of them, by one timer", () => {
  const { clock, said, take, upTo } = bench();
  for (let sequence = 1; sequence <= LIMITS.signalsPerAck; sequence += 1) take(sequence);
  expect([said, clock.pending()]).toEqual([[upTo(16)], 0]);
  take(17);
  clock.advance(TIMES.ackMs - 1);
  take(18);
  expect([said.length, clock.pending()]).toEqual([1, 1]);
  clock.advance(1);
  expect([said, clock.pending()]).toEqual([[upTo(16), upTo(18)], 0]);
  clock.advance(10 * TIMES.ackMs);
  expect(said).toHaveLength(2);
});

test("[R20] from eight on they are told of with what goes to the page anyway, once, and fewer are not", () => {
  const { clock, said, ride, take, upTo } = bench();
  expect(ride()).toBeUndefined();
  for (let sequence = 1; sequence <= 7; sequence += 1) take(sequence);
  expect(ride()).toBeUndefined();
  take(8);
  expect(["acked", ride()]).toEqual(upTo(8));
  expect([ride(), clock.pending(), said]).toEqual([undefined, 0, []]);
  take(9);
  clock.advance(TIMES.ackMs);
  expect(said).toEqual([upTo(9)]);
});

test("[R20] [R3] names the newest number, also where an older one came again after it", () => {
  const { clock, said, take, upTo } = bench();
  take(4);
  take(2);
  clock.advance(TIMES.ackMs);
  take(1);
  clock.advance(TIMES.ackMs);
  expect(said).toEqual([upTo(4), upTo(1)]);
});

test("[R20] tells of each negotiation apart, and of none twice", () => {
  const { clock, said, take, upTo } = bench();
  take(3);
  take(1, 2);
  take(1, 1, "room-2");
  expect(said).toEqual([upTo(3), upTo(1, 2)]);
  clock.advance(TIMES.ackMs);
  expect(said.slice(2)).toEqual([upTo(1, 1, "room-2")]);
});

test("[R20] a refusal is said at once by its number, after what was taken before it", () => {
  const { clock, said, replyTo, take, upTo } = bench();
  const error = errorBody("rate_limited", undefined, 40);
  take(1);
  take(2);
  replyTo(envelope(3))({ ok: false, error });
  expect(said).toEqual([upTo(2), ["signal-refused", { ...place(3), error }]]);
  expect(clock.pending()).toBe(0);
});

test.each([
  ["the signal alone does not fit", { ...place(7), signal: "?" }, ["signal-refused", place(7)]],
  ["it has more fields", { ...envelope(7), more: 1 }, ["signal-refused", place(7)]],
  ["it has no number", { roomId: "room-1", generation: 1 }, ["problem", { event: "signal" }]],
  ["its room is none", { ...place(7), roomId: "a b" }, ["problem", { event: "signal" }]],
  ["it is nothing", undefined, ["problem", { event: "signal" }]],
])("[R20] [W4] where %s the refusal says of it what can be read", (_what, body, [event, more]) => {
  const { said, replyTo } = bench();
  const error = errorBody("bad_request");
  replyTo(body)({ ok: false, error });
  expect(said).toEqual([[event, { ...(more as object), error }]]);
});

test("[R20] [I20] nothing is said and no timer stays when the connection is gone, whatever is answered late", () => {
  const { clock, said, end, replyTo, take } = bench();
  const late = replyTo(envelope(2));
  take(1);
  end();
  late({ ok: true });
  replyTo(envelope(3))({ ok: false, error: errorBody("stale_generation") });
  clock.advance(10 * TIMES.ackMs);
  expect([said, clock.pending()]).toEqual([[], 0]);
});

test("[R20] what is owed when the connection ends goes with nothing any more", () => {
  const { end, ride, take } = bench();
  for (let sequence = 1; sequence <= 8; sequence += 1) take(sequence);
  end();
  expect(ride()).toBeUndefined();
});
