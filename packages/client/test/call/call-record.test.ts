import type { CallReport } from "@serendip/protocol";
import { manualClock } from "@serendip/time/testing";
import { expect, it } from "vitest";
import { beginRecord, type CallRecord, followRecord, reportOf } from "../../src/call/call-record.machine.ts";
import { createCallReports } from "../../src/call/call-reports.ts";
import {
  CALL_RULES,
  type CallState,
  type Connected,
  initialCall,
  type Reconnecting,
} from "../../src/call/call-state.machine.ts";
import { startLadder } from "../../src/call/recovery/ladder.machine.ts";

const IDLE = initialCall("seed");

function connected(roomId: string, generation = 1): Connected {
  return {
    phase: "connected",
    since: 0,
    requestId: "1",
    room: { roomId, generation, role: "initiator" },
    partner: "present",
    path: "up",
    flow: "flowing",
    restart: undefined,
  };
}

function reconnecting(
  generation: number,
  steps: { restarts?: number; rebuilds?: number } = {},
): Reconnecting {
  return {
    phase: "reconnecting",
    since: 0,
    partner: "present",
    requestId: "1",
    room: { roomId: "r", generation, role: "initiator" },
    peer: "open",
    connectedAt: 0,
    ladder: { ...startLadder(0, CALL_RULES), ...steps },
  };
}

function setUp() {
  const clock = manualClock();
  const sent: CallReport[] = [];
  const at = { sessionId: "session-1", online: false };
  const reports = createCallReports({
    clock,
    iceMode: () => "turn",
    stretches: () => undefined,
    sessionId: () => at.sessionId,
    online: () => at.online,
    send: async (report) => sent.push(report),
    tell: (report) => sent.push(report),
  });
  const call = (roomId: string) => {
    const state: CallState = { ...IDLE, at: connected(roomId) };
    reports.look(state, IDLE);
    reports.look(IDLE, state);
  };
  return { at, reports, call, told: () => sent.map(({ roomId }) => roomId) };
}

it("[H2] keeps the five newest reports for the same session's next welcome, and tells each once", () => {
  const { at, reports, call, told } = setUp();
  for (let n = 1; n <= 8; n += 1) call(`r${n}`);
  expect(told()).toEqual([]);
  at.online = true;
  reports.welcome("session-1");
  expect(told()).toEqual(["r4", "r5", "r6", "r7", "r8"]);
  reports.welcome("session-1");
  expect(told()).toHaveLength(5);
});

it("[H2] another session is told nothing of what was before it", () => {
  const { at, reports, call, told } = setUp();
  call("r1");
  Object.assign(at, { online: true, sessionId: "session-2" });
  reports.welcome("session-2");
  Object.assign(at, { sessionId: "session-1" });
  reports.welcome("session-1");
  expect(told()).toEqual([]);
  call("r2");
  expect(told()).toEqual(["r2"]);
});

const begun = (): CallRecord =>
  beginRecord({ ...IDLE, at: connected("r") }, "turn", 0) ?? expect.fail("there is no record");

it.each([
  ["byItself", [reconnecting(1), connected("r")]],
  ["byRestart", [reconnecting(1), reconnecting(1, { restarts: 2 }), connected("r")]],
  [
    "byRebuild",
    [reconnecting(1, { restarts: 1 }), reconnecting(2, { restarts: 1, rebuilds: 1 }), connected("r", 2)],
  ],
  ["byRebuild", [reconnecting(2), connected("r", 3)]],
] as const)("[C62] [H2] an interruption ends %s, counted once and by the highest step", (step, phases) => {
  const after = phases.reduce((record, at) => followRecord(record, at, 1_000), begun());
  const nothing = { byItself: 0, byRestart: 0, byRebuild: 0 };
  expect(after.recovered).toEqual({ ...nothing, [step]: 1 });
  expect(followRecord(after, phases.at(-1) ?? connected("r"), 2_000).recovered).toEqual(after.recovered);
});

it("[C62] [H2] the time to the first media is that of the first time, whatever interrupts the call later", () => {
  const later = [reconnecting(1), connected("r")].reduce(
    (record, at) => followRecord(record, at, 50_000),
    begun(),
  );
  expect(reportOf(later, "stop", 60_000)).toMatchObject({ firstMediaMs: 0, talkedMs: 60_000 });
});

it("[H2] an interruption that lasts until the end was not overcome", () => {
  const record = followRecord(begun(), reconnecting(1, { restarts: 3 }), 1_000);
  expect(reportOf(record, "media-failed", 60_000)).toMatchObject({
    outcome: "connected",
    recovered: { byItself: 0, byRestart: 0, byRebuild: 0 },
    end: "media-failed",
  });
});
