import type { CallReport, UserId } from "@serendip/protocol";
import { manualClock } from "@serendip/time/testing";
import { expect, test } from "vitest";
import type { Fact, MemberView, RoomOrigins } from "../../src/domain/lobby/command.ts";
import { createCallReports } from "../../src/service/call-reports.ts";
import { createMembership } from "../../src/service/membership.ts";
import { keptLog } from "../app/page.ts";

function setUp() {
  const clock = manualClock();
  const log = keptLog();
  let works: boolean | undefined;
  const membership = createMembership();
  let negotiated = true;
  const calls = createCallReports({
    clock,
    log,
    membership,
    relay: { hasNegotiated: () => negotiated },
    turnVerdicts: () => [works === undefined ? works : works ? "up" : "down"],
  });
  const observe = (...facts: Fact[]) => {
    calls.observe(facts);
    membership.observe(facts);
  };
  const member = (sessionId: string, role: MemberView["role"]): MemberView => ({
    sessionId,
    userId: sessionId as UserId,
    role,
    requestId: "1",
  });
  const opened = (roomId: string, origins: RoomOrigins): Fact => ({
    type: "room-opened",
    roomId,
    generation: 1,
    members: [member(`${roomId}-a`, "initiator"), member(`${roomId}-b`, "responder")],
    relayOnly: false,
    origins,
    waitedMs: [0, 0],
  });
  return {
    clock,
    log,
    calls,
    observe,
    open(roomId: string, origins: RoomOrigins = "apart") {
      for (const side of ["a", "b"]) {
        const sessionId = `${roomId}-${side}`;
        observe({ type: "session-opened", sessionId, userId: sessionId, epoch: 1, socketId: sessionId });
      }
      observe(opened(roomId, origins));
    },
    end: (roomId: string) => observe({ type: "room-ended", roomId, reason: "next" }),
    /** One side says how its call was; whether it was counted. */
    take: (sessionId: string, report: CallReport) => calls.take({ sessionId, epoch: 1 }, report).ok,
    withoutOffers() {
      negotiated = false;
    },
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
  const { calls, take, clock, open, end } = setUp();
  open("r");
  expect(take("r-a", about("r"))).toBe(true);
  for (let n = 0; n < 1_000; n += 1) expect(take("r-a", about("r", { outcome: "failed" }))).toBe(true);
  end("r");
  clock.advance(119_999);
  expect(take("r-b", about("r"))).toBe(true);
  expect(calls.overview().totals).toMatchObject({ reports: 2, connected: 2, failed: 0 });
  clock.advance(1);
  expect(take("r-b", about("r"))).toBe(false);
});

test("[H2] of a room that one was not in, or that never was, nothing is counted", () => {
  const { calls, take, open } = setUp();
  open("r");
  open("other");
  expect(take("other-a", about("r"))).toBe(false);
  expect(take("r-a", about("nowhere"))).toBe(false);
  expect(calls.overview().totals.reports).toBe(0);
});

test("[H2] rooms are forgotten 2 min after their end (I20), and no flood of them is kept", () => {
  const { calls, take, clock, open, end } = setUp();
  for (let n = 0; n < 60_000; n += 1) {
    open(`r${n}`);
    end(`r${n}`);
  }
  expect(calls.rooms()).toBe(50_000);
  expect(take("r0-a", about("r0"))).toBe(false);
  expect(take("r59999-a", about("r59999"))).toBe(true);
  clock.advance(120_000);
  expect(calls.rooms()).toBe(0);
  expect(clock.pending()).toBe(0);
});

test("[C62] a report is one line of the log that names neither room nor person", () => {
  const { take, log, open } = setUp();
  open("r");
  const route = { local: "relay", remote: "host", protocol: "tcp" } as const;
  take("r-a", about("r", { firstMediaMs: 700, talkedMs: 9_000, route }));
  take("r-a", about("r"));
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
  const { calls, take, observe, clock, alerts, open } = setUp();
  for (let n = 0; n < 30; n += 1) {
    open(`r${n}`);
    take(`r${n}-a`, about(`r${n}`, { outcome: "failed" }));
    clock.advance(1_000);
  }
  observe();
  expect(alerts()).toMatchObject([
    { level: "warn", fields: { code: "success-low", figure: 0, limit: 0.8, sentence: expect.any(String) } },
  ]);
  expect(calls.overview().alerts).toMatchObject([{ code: "success-low" }]);
  clock.advance(600_000);
  observe();
  observe();
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

test("[C61] what the service could not do is a session error, per session that has arrived", () => {
  const { calls, open } = setUp();
  open("r");
  expect(calls.overview().totals.sessionErrors).toEqual({ hellos: 2, count: 0, perHello: 0 });
  for (const code of ["unavailable", "internal"] as const) calls.failed(code);
  expect(calls.overview().totals.sessionErrors).toEqual({ hellos: 2, count: 2, perHello: 1 });
});

test.each([
  ["whose sides are of one device or network", "same", false],
  ["in which no offer went through the server", "apart", true],
  ["of unknown networks, in which no offer went through the server", "unknown", true],
] as const)("[H3] [C63] reports of rooms %s raise no alert, and are counted", (_what, origins, silent) => {
  const { calls, take, open, alerts, withoutOffers } = setUp();
  if (silent) withoutOffers();
  for (let n = 0; n < 100; n += 1) {
    open(`r${n}`, origins);
    for (const side of ["a", "b"]) take(`r${n}-${side}`, about(`r${n}`, { outcome: "failed", ice: "turn" }));
  }
  expect(calls.overview()).toMatchObject({ totals: { failed: 200, successRate: 0 }, alerts: [] });
  expect(alerts()).toEqual([]);
});

test("[H3] [C63] reports of rooms whose networks are not known raise one alert only: that they raise none", () => {
  const { calls, take, open, alerts } = setUp();
  const fail = (roomId: string) => {
    open(roomId, "unknown");
    for (const side of ["a", "b"])
      take(`${roomId}-${side}`, about(roomId, { outcome: "failed", ice: "turn" }));
  };
  for (let n = 0; n < 9; n += 1) fail(`r${n}`);
  expect(calls.overview()).toMatchObject({ totals: { failed: 18 }, alerts: [] });
  for (let n = 9; n < 100; n += 1) fail(`r${n}`);
  expect(calls.overview()).toMatchObject({ totals: { failed: 200 }, alerts: [{ code: "calls-unjudged" }] });
  expect(alerts()).toMatchObject([{ level: "warn", fields: { code: "calls-unjudged", limit: 20 } }]);
});

test("[H3] [C63] where calls of known networks are judged, the others say nothing", () => {
  const { calls, take, open } = setUp();
  for (let n = 0; n < 100; n += 1) {
    open(`r${n}`, n < 10 ? "apart" : "unknown");
    for (const side of ["a", "b"])
      take(`r${n}-${side}`, about(`r${n}`, { outcome: n < 10 ? "connected" : "failed" }));
  }
  expect(calls.overview()).toMatchObject({ totals: { failed: 180, connected: 20 }, alerts: [] });
});

test("[H2] [S6] an older socket's report of a call is counted nowhere", () => {
  const { calls, open, take } = setUp();
  open("r");
  const older = calls.take({ sessionId: "r-a", epoch: 0 }, about("r"));
  expect(older).toMatchObject({ ok: false, error: { code: "stale_session" } });
  expect(calls.overview().totals.reports).toBe(0);
  expect(take("r-a", about("r"))).toBe(true);
});
