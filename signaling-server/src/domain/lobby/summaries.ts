import type { SessionId } from "@serendip/protocol";
import type {
  Caller,
  LobbyStats,
  RoomSummary,
  SessionOwner,
  SessionSummary,
  StandingCounts,
} from "./command.ts";
import { memoriesOf } from "./due.ts";
import type { Session } from "./session.ts";
import { bandOf, recordsIn } from "./standing/standings.ts";
import type { LobbyState } from "./state.ts";
import { stateOf } from "./views.ts";

/** The session that a caller speaks for: only the socket that attached last does (SPEC S6). */
export function callerSession(lobby: LobbyState, { sessionId, epoch }: Caller): Session | undefined {
  const session = lobby.sessions.get(sessionId);
  return session?.epoch === epoch && session.presence.kind === "connected" ? session : undefined;
}

export function ownerOf(lobby: LobbyState, sessionId: SessionId): SessionOwner | undefined {
  const session = lobby.sessions.get(sessionId);
  return session && { userId: session.userId, deviceGroup: session.deviceGroup };
}

/** Place in the queue, 1 is next; undefined when not queued. */
export function positionOf(lobby: LobbyState, { place }: Session): number | undefined {
  return place.kind === "queued" ? lobby.queue.position(place.search) : undefined;
}

export function statsOf(lobby: LobbyState): LobbyStats {
  return {
    sessions: lobby.sessions.size,
    online: lobby.online,
    waiting: lobby.waiting,
    rooms: lobby.rooms.size,
    graces: lobby.sessions.size - lobby.online,
    memories: memoriesOf(lobby),
    standings: recordsIn(lobby.standings),
  };
}

function summaryOf(session: Session): SessionSummary {
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

function standingIn({ sessions, standings }: LobbyState, now: number): StandingCounts {
  const counts = { neutral: 0, doubtful: 0, low: 0 };
  for (const session of sessions.values()) counts[bandOf(standings, session, now)] += 1;
  return counts;
}

/** The lobby as an operator may look at it. */
export interface LobbyView {
  readonly sessions: readonly SessionSummary[];
  readonly rooms: readonly RoomSummary[];
  /** Of all sessions, also of those that are not listed. */
  readonly standing: StandingCounts;
}

/** At most `limit` sessions and rooms, oldest first. */
export function inspectLobby(lobby: LobbyState, limit: number, now: number): LobbyView {
  const sessions: SessionSummary[] = [];
  for (const session of lobby.sessions.values()) {
    if (sessions.length >= limit) break;
    sessions.push(summaryOf(session));
  }
  const rooms: RoomSummary[] = [];
  for (const { roomId, generation, phase, members } of lobby.rooms.values()) {
    if (rooms.length >= limit) break;
    const sessionIds = members.map(({ session }) => session.sessionId);
    rooms.push({ roomId, generation, phase: phase.kind, members: sessionIds });
  }
  return { sessions, rooms, standing: standingIn(lobby, now) };
}
