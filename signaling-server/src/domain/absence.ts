import type { DetachCause } from "./command.ts";
import { raiseGeneration, tellBack } from "./generation.ts";
import { reviewGrace, startGrace } from "./grace.ts";
import type { Turn } from "./lobby.ts";
import { memberOf, partnerOf, type Room, type RoomMember } from "./room.ts";
import { leaveRoom } from "./room-ending.ts";
import type { Session } from "./session.ts";
import { closeSession } from "./session-life.ts";
import { tell } from "./tell.ts";
import { dequeue, park } from "./waiting.ts";

/** Ends a session and gives up its place (SPEC G1, G4). */
export function endSession(turn: Turn, session: Session, cause: DetachCause | "grace-over"): void {
  const { place } = session;
  if (place.kind === "queued") dequeue(turn, place.search);
  if (place.kind === "in-room") leaveRoom(turn, place.room, session, "left");
  closeSession(turn, session, cause);
}

/** The socket of a session is gone: the place is kept for the grace of this cause, if there is one (SPEC G2). */
export function loseSocket(turn: Turn, session: Session, cause: DetachCause): void {
  const { place } = session;
  if (cause === "bye" || cause === "stale" || !startGrace(turn, session, cause)) {
    endSession(turn, session, cause);
    return;
  }
  if (place.kind === "queued") park(turn.lobby, place.search);
  if (place.kind === "in-room") markAway(turn, place.room, session);
}

/** The partner hears of it only when the absence lasts, so that a quick return does not flicker (SPEC R7). */
function markAway(turn: Turn, room: Room, session: Session): void {
  const { lobby, now, facts } = turn;
  const member = memberOf(room, session);
  if (!member) return;
  facts.push({ type: "member-away", roomId: room.roomId, sessionId: session.sessionId });
  const at = now + lobby.settings.awayDebounceMs;
  member.awayNotice = lobby.deadlines.arm(at, { kind: "tell-away", room, member });
  // It is said again after the next welcome; until then nobody knows.
  member.partnerMedia = "unknown";
  reviewAbsence(turn, room, partnerOf(room, session));
}

/** What holds the grace of a member who may be away has changed; a deadline that was told is told anew (SPEC G6, R7). */
export function reviewAbsence(turn: Turn, room: Room, member: RoomMember | undefined): void {
  if (member && reviewGrace(turn, room, member.session) && member.awayTold) tellAway(turn, room, member);
}

/** Tells the partner of an absence and of its deadline. One who is away as well learns both at the return. */
export function tellAway(turn: Turn, room: Room, member: RoomMember): void {
  const { presence } = member.session;
  const partner = partnerOf(room, member.session);
  if (presence.kind !== "away" || partner?.session.presence.kind !== "connected") return;
  member.awayTold = true;
  const graceMs = Math.max(0, presence.until - turn.now);
  const body = { roomId: room.roomId, cause: presence.cause, graceMs };
  tell(turn, partner.session, { event: "partner-away", body });
}

/** How a member comes back to its room. */
export interface Return {
  readonly wasAway: boolean;
  /** The page no longer holds the room's peer connection. */
  readonly connectionLost: boolean;
}

/** A member is on a new socket, and its welcome will tell the room as it is now (SPEC R5, R7, S7). */
export function comeBack(
  turn: Turn,
  room: Room,
  session: Session,
  { wasAway, connectionLost }: Return,
): void {
  const { lobby, facts } = turn;
  const member = memberOf(room, session);
  if (!member) return;
  lobby.deadlines.cancel(member.awayNotice);
  const partner = partnerOf(room, session);
  // Whatever was told of an absent partner, the new page knows only its welcome.
  if (partner) lobby.deadlines.cancel(partner.awayNotice);
  if (partner) partner.awayTold = false;
  if (wasAway) facts.push({ type: "member-back", roomId: room.roomId, sessionId: session.sessionId });
  if (connectionLost) startOver(turn, room, member);
  member.toldGeneration = room.generation;

  if (partner?.session.presence.kind === "away") tellAway(turn, room, partner);
  else if (partner && (member.awayTold || partner.toldGeneration < room.generation))
    tellBack(turn, room, partner);
  member.awayTold = false;
}

/** A new negotiation, put off until there are two. */
export function startOver(turn: Turn, room: Room, responder: RoomMember): void {
  if (room.phase.kind === "reviving") room.phase = { ...room.phase, startOver: true };
  else raiseGeneration(turn, room, responder);
  for (const member of room.members) reviewAbsence(turn, room, member);
}
