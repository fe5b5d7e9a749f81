import { endSession, tellAway } from "./absence.ts";
import { matchSeekers, seek } from "./matching.ts";
import { endUnready, endUnrevived } from "./room-ending.ts";
import { dropFaded, recordsIn } from "./standing/standings.ts";
import type { Due, LobbyState, Transaction } from "./state.ts";
import { sayBye } from "./tell.ts";

/** Carries out everything that is due, earliest first. */
export function carryOutDue(tx: Transaction): void {
  const { deadlines } = tx.lobby;
  for (let next = deadlines.takeDue(tx.now); next; next = deadlines.takeDue(tx.now)) carryOut(tx, next.due);
  matchSeekers(tx);
}

function carryOut(tx: Transaction, due: Due): void {
  switch (due.kind) {
    case "grace-over":
      endSession(tx, due.session, "grace-over");
      break;
    case "tell-away":
      tellAway(tx, due.room, due.member);
      break;
    case "not-ready":
      endUnready(tx, due.room);
      break;
    case "not-revived":
      endUnrevived(tx, due.room);
      break;
    case "retry":
      due.search.retry = undefined;
      seek(tx, due.search);
      break;
    case "sweep":
      sweep(tx);
      break;
  }
}

/** The backstop: removes sessions without a sign of life (SPEC G5), and memories that have expired. */
function sweep(tx: Transaction): void {
  const { lobby, now } = tx;
  lobby.sweepArmed = false;
  lobby.alive.dropExpired(now, (session) => {
    sayBye(tx, session, "stale");
    endSession(tx, session, "stale");
  });
  lobby.requests.dropExpired(now);
  lobby.recentPartners.dropExpired(now);
  lobby.endedRooms.dropExpired(now);
  lobby.spendings.dropExpired(now);
  dropFaded(lobby.standings, now, lobby.settings.standing);
}

/** Keeps one sweep armed while there is anything to sweep, always at a multiple of `sweepMs`. */
export function planSweep({ lobby, now }: Transaction): void {
  if (lobby.sweepArmed) return;
  if (lobby.alive.size + memoriesOf(lobby) + recordsIn(lobby.standings) === 0) return;
  const { sweepMs } = lobby.settings;
  lobby.deadlines.arm((Math.floor(now / sweepMs) + 1) * sweepMs, { kind: "sweep" });
  lobby.sweepArmed = true;
}

/** Number of memories, which may be about people who have left. */
export function memoriesOf({ requests, recentPartners, endedRooms, spendings }: LobbyState): number {
  return requests.size + recentPartners.size + endedRooms.size + spendings.size;
}
