import type { Caller, LobbyStats, RoomReport, SessionReport } from "./command.ts";
import { memoriesOf } from "./due.ts";
import type { Lobby } from "./lobby.ts";
import type { Session } from "./session.ts";
import { stateOf } from "./views.ts";

/** The session that a caller speaks for: only the socket that attached last does (SPEC S6). */
export function callerSession(lobby: Lobby, { sessionId, epoch }: Caller): Session | undefined {
  const session = lobby.sessions.get(sessionId);
  return session?.epoch === epoch && session.presence.kind === "connected" ? session : undefined;
}

/** The place in the queue, 1 is next. */
export function positionOf(lobby: Lobby, { place }: Session): number | undefined {
  return place.kind === "queued" ? lobby.queue.position(place.search) : undefined;
}

export function statsOf(lobby: Lobby): LobbyStats {
  return {
    sessions: lobby.sessions.size,
    online: lobby.online,
    waiting: lobby.waiting,
    rooms: lobby.rooms.size,
    graces: lobby.sessions.size - lobby.online,
    memories: memoriesOf(lobby),
  };
}

function reportSession(session: Session): SessionReport {
  const { presence, place } = session;
  return {
    sessionId: session.sessionId,
    epoch: session.epoch,
    connected: presence.kind === "connected",
    state: stateOf(session),
    waitingSince: place.kind === "queued" ? place.search.startedAt : undefined,
    graceUntil: presence.kind === "away" ? presence.until : undefined,
  };
}

/** At most `limit` sessions and rooms, oldest first. */
export function inspectLobby(
  lobby: Lobby,
  limit: number,
): { readonly sessions: readonly SessionReport[]; readonly rooms: readonly RoomReport[] } {
  const sessions: SessionReport[] = [];
  for (const session of lobby.sessions.values()) {
    if (sessions.length >= limit) break;
    sessions.push(reportSession(session));
  }
  const rooms: RoomReport[] = [];
  for (const { roomId, generation, phase, members } of lobby.rooms.values()) {
    if (rooms.length >= limit) break;
    const sessionIds = members.map(({ session }) => session.sessionId);
    rooms.push({ roomId, generation, phase: phase.kind, members: sessionIds });
  }
  return { sessions, rooms };
}
