import type { CallReport, UserId } from "@serendip/protocol";
import { manualClock } from "@serendip/time/testing";
import { expect, test } from "vitest";
import type { Fact, Member } from "../../src/domain/lobby/command.ts";
import { createCallReports } from "../../src/service/call-reports.ts";
import { keptLog } from "../app/page.ts";

function setUp() {
  const clock = manualClock();
  const log = keptLog();
  let works: boolean | undefined;
  const calls = createCallReports({ clock, log, turnVerdicts: () => [works] });
  const member = (sessionId: string, role: Member["role"]): Member => ({
    sessionId,
    userId: sessionId as UserId,
    role,
    requestId: "1",
  });
  const opened = (roomId: string): Fact => ({
    type: "room-opened",
    roomId,
    generation: 1,
    members: [member(`${roomId}-a`, "initiator"), member(`${roomId}-b`, "responder")],
    relayOnly: false,
    waitedMs: [0, 0],
  });
  return {
    clock,
    log,
    calls,
    open: (roomId: string) => calls.observe([opened(roomId)]),
    end: (roomId: string) => calls.observe([{ type: "room-ended", roomId, reason: "next" }]),
    probe: (now: boolean) => {
      works = now;
    },
    alerts: () => log.lines.filter(({ message }) => message.startsWith("Alert")),
  };
}

const about = (roomId: string, change: Partial<CallReport> = {}): CallReport => ({
  roomId,
  outcome: "connected",
  ice: "stun-only",
  recovered: { byItself: 0, byRestart: 0, byRebuild: 0 },
  end: "next",
  ...change,
});

test("[H2] each of the two sides of a room counts once, during the room and for 2 min after it", () => {
  const { calls, clock, open, end } = setUp();
  open("r");
  expect(calls.take("r-a", about("r"))).toBe(true);
  for (let n = 0; n < 1_000; n += 1) expect(calls.take("r-a", about("r", { outcome: "failed" }))).toBe(true);
  end("r");
  clock.advance(119_999);
  expect(calls.take("r-b", about("r"))).toBe(true);
  expect(calls.overview().totals).toMatchObject({ reports: 2, connected: 2, failed: 0 });
  clock.advance(1);
  expect(calls.take("r-b", about("r"))).toBe(false);
});

test("[H2] of a room that one was not in, or that never was, nothing is counted", () => {
  const { calls, open } = setUp();
  open("r");
  open("other");
  expect(calls.take("other-a", about("r"))).toBe(false);
  expect(calls.take("r-a", about("nowhere"))).toBe(false);
  expect(calls.overview().totals.reports).toBe(0);
});

test("[H2] rooms are forgotten 2 min after their end (I20), and no flood of them is kept", () => {
  const { calls, clock, open, end } = setUp();
  for (let n = 0; n < 60_000; n += 1) {
    open(`r${n}`);
    end(`r${n}`);
  }
  expect(calls.rooms()).toBe(50_000);
  expect(calls.take("r0-a", about("r0"))).toBe(false);
  expect(calls.take("r59999-a", about("r59999"))).toBe(true);
  clock.advance(120_000);
  expect(calls.rooms()).toBe(0);
  expect(clock.pending()).toBe(0);
});

test("[C62] [C84] a report is one line of the log that names neither room nor person", () => {
  const { calls, log, open } = setUp();
  open("r");
  const route = { local: "relay", remote: "host", protocol: "tcp" } as const;
  calls.take("r-a", about("r", { firstMediaMs: 700, talkedMs: 9_000, route }));
  calls.take("r-a", about("r"));
  expect(log.lines).toEqual([
    {
      level: "info",
      message: "Call ended",
      fields: {
        outcome: "connected",
        ice: "stun-only",
        firstMediaMs: 700,
        talkedMs: 9_000,
        route: "relayed-tcp",
        recovered: { byItself: 0, byRestart: 0, byRebuild: 0 },
        end: "next",
      },
    },
  ]);
});

test("[C63] an alert is logged once when it starts, and once when it is over", () => {
  const { calls, clock, alerts, open } = setUp();
  for (let n = 0; n < 30; n += 1) {
    open(`r${n}`);
    calls.take(`r${n}-a`, about(`r${n}`, { outcome: "failed" }));
    clock.advance(1_000);
  }
  calls.observe([]);
  expect(alerts()).toMatchObject([
    { level: "warn", fields: { code: "success-low", figure: 0, limit: 0.8, sentence: expect.any(String) } },
  ]);
  expect(calls.overview().alerts).toMatchObject([{ code: "success-low" }]);
  clock.advance(600_000);
  calls.observe([]);
  calls.observe([]);
  expect(alerts()).toMatchObject([{ level: "warn" }, { level: "info", fields: { code: "success-low" } }]);
  expect(calls.overview().alerts).toEqual([]);
});

test("[C63] a TURN server that does not work is an alert before anybody's call fails", () => {
  const { calls, alerts, probe } = setUp();
  probe(false);
  expect(calls.overview().alerts).toMatchObject([{ code: "turn-failing" }]);
  probe(true);
  expect(calls.overview().alerts).toEqual([]);
  expect(alerts().map(({ level }) => level)).toEqual(["warn", "info"]);
});

test("[C61] only what a page gets for no fault of its own is a session error", () => {
  const { calls } = setUp();
  calls.hello();
  for (const code of ["not_in_room", "bad_request", "stale_generation", "token_expired"] as const)
    calls.refused(code);
  expect(calls.overview().totals.sessionErrors).toEqual({ hellos: 1, count: 0, perHello: 0 });
  for (const code of ["stale_session", "superseded", "unavailable", "internal"] as const) calls.refused(code);
  expect(calls.overview().totals.sessionErrors.count).toBe(4);
});
