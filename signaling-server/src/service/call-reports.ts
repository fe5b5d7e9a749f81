import type { CallReport, ErrorCode, RoomId, SessionId } from "@serendip/protocol";
import type { Clock } from "@serendip/time";
import { alertsOf, type CallAlert } from "../domain/calls/alerts.ts";
import type { CallFigures } from "../domain/calls/figures.ts";
import { createCallStatistics, WINDOW_MINUTES } from "../domain/calls/statistics.ts";
import { routeOf } from "../domain/calls/tally.ts";
import type { Fact } from "../domain/lobby/command.ts";
import type { Log } from "../ports.ts";

/** What an operator sees of the calls: sums only, nobody's name or address. */
export interface CallOverview {
  readonly totals: CallFigures;
  readonly window: CallFigures & { readonly minutes: number };
  readonly alerts: readonly CallAlert[];
}

/** Counts how calls went, as their two sides report it (SPEC H2). Nothing throws or waits, and no timer is set. */
export interface CallReports {
  /** Takes in the facts of one outcome, in their order: whose report of a room is to be believed. */
  observe(facts: readonly Fact[]): void;
  /** False when the session was not in that room, or the room ended too long ago. A repetition counts once. */
  take(sessionId: SessionId, report: CallReport): boolean;
  /** Somebody said hello. */
  hello(): void;
  /** A page got an error. */
  refused(code: ErrorCode): void;
  overview(): CallOverview;
  /** Something that no page says may have begun or ended an alert. */
  review(): void;
  /** How many rooms are remembered. */
  rooms(): number;
}

/** A page that was offline when its call ended still has this long to say how it was. */
const REMEMBER_ENDED_MS = 120_000;
/** Ended rooms that are remembered at most; the oldest go first. */
const MOST_ENDED = 50_000;
/** How often alerts are looked at. */
const REVIEW_MS = 1_000;

/** Errors that people used to see as "Session already active", and those of a server that cannot do its work (C61). */
const SESSION_ERRORS: ReadonlySet<ErrorCode> = new Set([
  "stale_session",
  "superseded",
  "unavailable",
  "internal",
]);

interface KnownRoom {
  readonly members: ReadonlySet<SessionId>;
  readonly reported: Set<SessionId>;
  endedAt: number | undefined;
}

export function createCallReports(parts: {
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
  /** Of each TURN server, whether it works by the server's own check; undefined: not known yet. */
  readonly turnVerdicts?: (() => readonly (boolean | undefined)[]) | undefined;
}): CallReports {
  const { clock, log, turnVerdicts = () => [] } = parts;
  const statistics = createCallStatistics();
  const live = new Map<RoomId, KnownRoom>();
  /** In the order of their ends. */
  const ended = new Map<RoomId, KnownRoom>();
  const standing = new Map<CallAlert["code"], CallAlert>();
  let reviewAt = 0;

  const forgetOld = (now: number): void => {
    for (const [roomId, room] of ended) {
      const over = room.endedAt === undefined || room.endedAt + REMEMBER_ENDED_MS <= now;
      if (!over && ended.size <= MOST_ENDED) return;
      ended.delete(roomId);
    }
  };

  const end = (roomId: RoomId, now: number): void => {
    const room = live.get(roomId);
    if (!room) return;
    live.delete(roomId);
    room.endedAt = now;
    ended.set(roomId, room);
  };

  const lately = (now: number) => ({
    figures: statistics.window(now),
    recent: statistics.window(now, WINDOW_MINUTES / 2),
  });

  /** Each alert is logged when it starts and when it is over. */
  const review = (now: number): void => {
    const alerts = alertsOf({ ...lately(now), turn: turnVerdicts() });
    for (const alert of alerts) {
      if (!standing.has(alert.code)) log.warn(`Alert: ${alert.sentence}`, { ...alert });
      standing.set(alert.code, alert);
    }
    for (const code of standing.keys()) {
      if (alerts.some((alert) => alert.code === code)) continue;
      standing.delete(code);
      log.info("Alert is over", { code });
    }
    reviewAt = now + REVIEW_MS;
  };

  const lookAround = (): number => {
    const now = clock.now();
    forgetOld(now);
    if (now >= reviewAt) review(now);
    return now;
  };

  return {
    observe(facts) {
      const now = lookAround();
      for (const fact of facts) {
        if (fact.type === "room-ended") end(fact.roomId, now);
        if (fact.type !== "room-opened") continue;
        const members = new Set(fact.members.map((member) => member.sessionId));
        live.set(fact.roomId, { members, reported: new Set(), endedAt: undefined });
      }
    },

    take(sessionId, report) {
      const now = lookAround();
      const room = live.get(report.roomId) ?? ended.get(report.roomId);
      if (!room?.members.has(sessionId)) return false;
      if (room.reported.has(sessionId)) return true;
      room.reported.add(sessionId);
      statistics.report(report, now);
      const { roomId: _, route, ...rest } = report;
      log.info("Call ended", { ...rest, route: route && routeOf(route) });
      return true;
    },

    hello: () => statistics.hello(lookAround()),

    refused(code) {
      if (SESSION_ERRORS.has(code)) statistics.sessionError(lookAround());
    },

    overview() {
      const now = clock.now();
      forgetOld(now);
      review(now);
      const window = { minutes: WINDOW_MINUTES, ...statistics.window(now) };
      return { totals: statistics.totals(), window, alerts: [...standing.values()] };
    },

    review: () => review(clock.now()),

    rooms() {
      forgetOld(clock.now());
      return live.size + ended.size;
    },
  };
}
