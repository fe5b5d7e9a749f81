import {
  type CallReport,
  type ClientReply,
  type ErrorCode,
  errorBody,
  type RoomId,
  type SessionId,
} from "@serendip/protocol";
import type { Clock } from "@serendip/time";
import { alertsOf, type CallAlert, type TurnState } from "../domain/calls/alerts.ts";
import type { CallFigures } from "../domain/calls/figures.ts";
import { createCallStatistics, WINDOW_MINUTES } from "../domain/calls/statistics.ts";
import { routeOf } from "../domain/calls/tally.ts";
import type { Caller, Fact } from "../domain/lobby/command.ts";
import type { Log } from "../ports.ts";
import type { KnownRoom, Membership } from "./membership.ts";
import type { Relay } from "./relay/relay.ts";

/** What an operator sees of the calls: sums only, nobody's name or address. */
export interface CallOverview {
  readonly totals: CallFigures;
  readonly window: CallFigures & { readonly minutes: number };
  readonly alerts: readonly CallAlert[];
}

/** Figures since the start, by what their calls count for (SPEC H3). */
export interface CallTotals {
  /** Of all calls, as `/debug/calls` shows them. */
  readonly all: CallFigures;
  /** Of calls that raise alerts. */
  readonly judged: CallFigures;
  /** Of calls that would, if it were known that their two sides are two people. */
  readonly unjudged: CallFigures;
}

/** Counts how calls went, as their two sides report it (SPEC H2). Nothing throws or waits, and no timer is set. */
export interface CallReports {
  /** Takes in the facts of one outcome, before anybody forgets the rooms that have ended. */
  observe(facts: readonly Fact[]): void;
  /** Takes one side's report of its call; a repeated report counts once. */
  take(caller: Caller, report: CallReport): ClientReply<"call-report">;
  /** Counts a request that failed through the service's own fault. */
  failed(code: ErrorCode): void;
  overview(): CallOverview;
  /** The same sums as the totals of `overview`. */
  totals(): CallTotals;
  /** Looks at the alerts at once, because the state of a TURN server has changed. */
  review(): void;
  /** Number of ended rooms that are remembered. */
  rooms(): number;
}

/** Time after the end of a room in which a page that was offline can still report (SPEC H2). */
const REMEMBER_ENDED_MS = 120_000;
/** Most ended rooms that are remembered; the oldest is forgotten first. */
const MOST_ENDED = 50_000;
/** Shortest time between two looks at the alerts. */
const REVIEW_MS = 1_000;

/** A room of which reports are taken. */
interface ReportableRoom {
  readonly members: ReadonlySet<SessionId>;
  /**
   * Whether its reports count for alerts, since anybody can make two sessions meet and report what they like (SPEC H3):
   * `judged`: its two sides are of two networks and offers went through the server. `unjudged`: nobody knows whether they are.
   */
  readonly weight: "judged" | "unjudged" | "none";
  readonly endedAt: number;
}

export function createCallReports(parts: {
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
  readonly membership: Membership;
  readonly relay: Pick<Relay, "hasNegotiated">;
  /** Each TURN server's state by the server's own check. */
  readonly turnVerdicts?: (() => readonly TurnState[]) | undefined;
}): CallReports {
  const { clock, log, membership, relay, turnVerdicts = () => [] } = parts;
  const statistics = createCallStatistics();
  /** The figures for alerts: without rooms that somebody may have made alone (SPEC H3). */
  const credible = createCallStatistics();
  /** What would count for alerts if it were known that the two sides of each room are two people. */
  const unjudged = createCallStatistics();
  /** The sessions that have reported their side of a room. */
  const reported = new Map<RoomId, Set<SessionId>>();
  /** Ended rooms, in the order in which they ended. */
  const ended = new Map<RoomId, ReportableRoom>();
  const standing = new Map<CallAlert["code"], CallAlert>();
  let reviewAt = 0;

  const forgetOld = (now: number): void => {
    for (const [roomId, { endedAt }] of ended) {
      if (endedAt + REMEMBER_ENDED_MS > now && ended.size <= MOST_ENDED) return;
      ended.delete(roomId);
      reported.delete(roomId);
    }
  };

  const weightOf = ({ roomId, origins }: KnownRoom): ReportableRoom["weight"] => {
    if (origins === "same" || !relay.hasNegotiated(roomId)) return "none";
    return origins === "apart" ? "judged" : "unjudged";
  };

  /** A room that lives, or has ended a short while ago. */
  const roomFor = (roomId: RoomId, now: number): ReportableRoom | undefined => {
    const room = membership.room(roomId);
    if (!room) return ended.get(roomId);
    const members = new Set(room.members.map(({ sessionId }) => sessionId));
    return { members, weight: weightOf(room), endedAt: now };
  };

  const lately = (now: number) => ({
    figures: credible.window(now),
    recent: credible.window(now, WINDOW_MINUTES / 2),
    unjudged: unjudged.window(now),
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
        if (fact.type === "session-opened" || fact.type === "session-attached")
          for (const each of [statistics, credible]) each.hello(now);
        if (fact.type !== "room-ended") continue;
        if (fact.reason === "flood") statistics.flood(now);
        const room = roomFor(fact.roomId, now);
        if (room) ended.set(fact.roomId, room);
      }
    },

    take(caller, report) {
      const { sessionId } = caller;
      const { roomId, route, ...rest } = report;
      const now = lookAround();
      if (!membership.speaksFor(caller)) return { ok: false, error: errorBody("stale_session") };
      const room = roomFor(roomId, now);
      if (!room?.members.has(sessionId)) return { ok: false, error: errorBody("not_in_room") };
      const before = reported.get(roomId) ?? new Set();
      if (before.has(sessionId)) return { ok: true };
      reported.set(roomId, before.add(sessionId));
      statistics.report(report, now);
      if (room.weight === "judged") credible.report(report, now);
      if (room.weight === "unjudged") unjudged.report(report, now);
      log.info("Call ended", { ...rest, route: route && routeOf(route) });
      return { ok: true };
    },

    failed(code) {
      const now = lookAround();
      log.debug("A page gets an error of the service", { code });
      for (const each of [statistics, credible]) each.sessionError(now);
    },

    overview() {
      const now = clock.now();
      forgetOld(now);
      review(now);
      const window = { minutes: WINDOW_MINUTES, ...statistics.window(now) };
      return { totals: statistics.totals(), window, alerts: [...standing.values()] };
    },

    totals: () => ({
      all: statistics.totals(),
      judged: credible.totals(),
      unjudged: unjudged.totals(),
    }),

    review: () => review(clock.now()),

    rooms() {
      forgetOld(clock.now());
      return ended.size;
    },
  };
}
