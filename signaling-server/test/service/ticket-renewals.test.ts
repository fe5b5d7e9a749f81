import { manualClock } from "@serendip/time/testing";
import { expect, test } from "vitest";
import type { Fact } from "../../src/domain/lobby/command.ts";
import { createTicketRenewals } from "../../src/service/ticket-renewals.ts";

const RENEW_MS = 30_000;

const member = (sessionId: string, role: "initiator" | "responder") => ({
  sessionId,
  userId: sessionId,
  role,
  requestId: "find",
});
const opened = (roomId: string): Fact => ({
  type: "room-opened",
  roomId,
  generation: 1,
  members: [member(`${roomId} a`, "initiator"), member(`${roomId} b`, "responder")],
  relayOnly: false,
  origins: "apart",
  waitedMs: [0, 0],
});
const ended = (roomId: string): Fact => ({ type: "room-ended", roomId, reason: "left" });

function setUp() {
  const steady = manualClock();
  /** How long the process has stood still, while no timer could fire. */
  let stoodMs = 0;
  const clock = { ...steady, now: () => steady.now() + stoodMs };
  const standStill = (ms: number): void => {
    stoodMs += ms;
  };
  const renewed: { readonly roomId: string; readonly at: number }[] = [];
  const renewals = createTicketRenewals({
    clock,
    renewMs: RENEW_MS,
    renew: (roomId) => void renewed.push({ roomId, at: clock.now() }),
  });
  return { clock, standStill, renewed, renewals };
}

test("[T1] however many rooms open at once, each is renewed once in 30 s, and never many together", () => {
  const { clock, renewed, renewals } = setUp();
  const rooms = Array.from({ length: 3_000 }, (_, n) => `room-${n}`);
  renewals.observe(rooms.map(opened));
  for (let ms = 0; ms <= 3 * RENEW_MS; ms += 50) {
    const before = renewed.length;
    clock.advance(50);
    // Evenly spread these are 5 in 50 ms.
    expect(renewed.length - before).toBeLessThanOrEqual(8);
  }
  const times = new Map<string, number>();
  for (const { roomId } of renewed) times.set(roomId, (times.get(roomId) ?? 0) + 1);
  expect(rooms.filter((roomId) => (times.get(roomId) ?? 0) < 3)).toEqual([]);
  expect(renewed.length).toBeLessThanOrEqual(3 * rooms.length + 8);
});

test("[T1] between two renewals of a room there are 30 s, and a moment in which it waits for others", () => {
  const { clock, renewed, renewals } = setUp();
  for (let n = 0; n < 200; n += 1) {
    renewals.observe([opened(`room-${n}`)]);
    clock.advance(137);
  }
  for (let ms = 0; ms < 4 * RENEW_MS; ms += 10) clock.advance(10);
  const last = new Map<string, number>();
  for (const { roomId, at } of renewed) {
    const before = last.get(roomId);
    last.set(roomId, at);
    if (before === undefined) continue;
    expect(at - before).toBeGreaterThanOrEqual(RENEW_MS - 50);
    expect(at - before).toBeLessThanOrEqual(RENEW_MS + 50);
  }
  expect(last.size).toBe(200);
});

test("[T1] after the process has stood still, each room is renewed once, not once for each time that was missed", () => {
  const { clock, standStill, renewed, renewals } = setUp();
  renewals.observe([opened("one"), opened("two")]);
  standStill(10 * RENEW_MS);
  clock.advance(RENEW_MS - 1);
  expect(renewed.map(({ roomId }) => roomId).sort()).toEqual(["one", "two"]);
  clock.advance(RENEW_MS);
  expect(renewed).toHaveLength(4);
  renewals.stop();
  expect(clock.pending()).toBe(0);
});

test("[T1] [I20] an ended room is not renewed, and without rooms no timer is set", () => {
  const { clock, renewed, renewals } = setUp();
  renewals.observe([opened("one"), opened("two")]);
  // A room that comes together again from two tickets keeps its time.
  renewals.observe([opened("one")]);
  renewals.observe([ended("one")]);
  clock.advance(RENEW_MS);
  expect(renewed.map(({ roomId }) => roomId)).toEqual(["two"]);
  renewals.observe([ended("two"), ended("unknown")]);
  expect(clock.pending()).toBe(0);
});
