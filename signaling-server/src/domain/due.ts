import { endSession, tellAway } from "./absence.ts";
import type { Due, Lobby, Turn } from "./lobby.ts";
import { matchNow } from "./matching.ts";
import { endUnready, endUnrevived } from "./room-ending.ts";
import { sayBye } from "./tell.ts";

/** Carries out everything that is due, earliest first. */
export function carryOutDue(turn: Turn): void {
  const { deadlines } = turn.lobby;
  for (let next = deadlines.takeDue(turn.now); next; next = deadlines.takeDue(turn.now))
    carryOut(turn, next.due);
}

function carryOut(turn: Turn, due: Due): void {
  switch (due.kind) {
    case "grace-over":
      endSession(turn, due.session, "grace-over");
      break;
    case "tell-away":
      tellAway(turn, due.room, due.member);
      break;
    case "not-ready":
      endUnready(turn, due.room);
      break;
    case "not-revived":
      endUnrevived(turn, due.room);
      break;
    case "retry":
      due.search.retry = undefined;
      matchNow(turn, due.search);
      break;
    case "sweep":
      sweep(turn);
      break;
  }
}

/** The backstop: whoever showed no sign of life, and whatever need not be remembered any more (SPEC G5). */
function sweep(turn: Turn): void {
  const { lobby, now } = turn;
  lobby.sweepArmed = false;
  lobby.alive.dropExpired(now, (session) => {
    sayBye(turn, session, "stale");
    endSession(turn, session, "stale");
  });
  lobby.requests.dropExpired(now);
  lobby.recentPartners.dropExpired(now);
  lobby.endedRooms.dropExpired(now);
}

/** Keeps one sweep planned as long as there is anything to sweep; all fall on the same beat. */
export function planSweep({ lobby, now }: Turn): void {
  if (lobby.sweepArmed) return;
  if (lobby.alive.size + memoriesOf(lobby) === 0) return;
  const { sweepMs } = lobby.settings;
  lobby.deadlines.arm((Math.floor(now / sweepMs) + 1) * sweepMs, { kind: "sweep" });
  lobby.sweepArmed = true;
}

/** What is remembered of those who may have left. */
export function memoriesOf({ requests, recentPartners, endedRooms }: Lobby): number {
  return requests.size + recentPartners.size + endedRooms.size;
}
