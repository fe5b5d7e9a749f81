import type { CloseCause, DetachCause } from "./command.ts";
import { raiseGeneration, takeGeneration, tellBack } from "./generation.ts";
import { reviewGrace, startGrace } from "./grace.ts";
import { memberOf, partnerOf, type Room, type RoomMember } from "./room.ts";
import { endFlooded, leaveRoom } from "./room-ending.ts";
import type { Session } from "./session.ts";
import { closeSession } from "./session-life.ts";
import { judgeDrop } from "./standing/judge.ts";
import type { Transaction } from "./state.ts";
import { tell } from "./tell.ts";
import { dequeue, park } from "./waiting.ts";

/** Ends a session and gives up its place (SPEC G1, G4). */
export function endSession(tx: Transaction, session: Session, cause: CloseCause): void {
  const { place } = session;
  if (place.kind === "queued") dequeue(tx, place.search);
  if (place.kind === "in-room") leaveRoom(tx, place.room, session, "left");
  closeSession(tx, session, cause);
}

/** The socket of a session is gone: the session keeps its place for the grace of this cause, if it has one (SPEC G2). */
export function loseSocket(tx: Transaction, session: Session, cause: DetachCause): void {
  const { place } = session;
  if (cause === "bye" || !startGrace(tx, session, cause)) {
    endSession(tx, session, cause);
    return;
  }
  if (place.kind === "queued") park(tx.lobby, place.search);
  if (place.kind !== "in-room") return;
  const member = memberOf(place.room, session);
  // A server that stops has closed the socket itself.
  if (member && cause !== "drain") judgeDrop(tx, place.room, member);
  markAway(tx, place.room, session);
}

/** The partner is told of the absence only when it lasts, so that a quick return does not flicker (SPEC R7). */
function markAway(tx: Transaction, room: Room, session: Session): void {
  const { lobby, now, facts } = tx;
  const member = memberOf(room, session);
  if (!member) return;
  facts.push({ type: "member-away", roomId: room.roomId, sessionId: session.sessionId });
  const at = now + lobby.settings.awayDebounceMs;
  member.awayNotice = lobby.deadlines.arm(at, { kind: "tell-away", room, member });
  forgetWord(tx, room, member);
}

/** A member's word about media ends with its socket (SPEC G10); the page says it again after its next welcome (SPEC G6). */
function forgetWord(tx: Transaction, room: Room, member: RoomMember): void {
  member.partnerMedia = "unknown";
  reviewAbsence(tx, room, partnerOf(room, member.session));
}

/**
 * Reviews the grace of a member that may be away, and tells its partner the new deadline where the old one was told (SPEC
 * G9, R7).
 */
export function reviewAbsence(tx: Transaction, room: Room, member: RoomMember | undefined): void {
  if (member && reviewGrace(tx, room, member.session) && member.awayTold) tellAway(tx, room, member);
}

/** Tells the partner of an absence and of its deadline. A partner that is away itself learns both at its return. */
export function tellAway(tx: Transaction, room: Room, member: RoomMember): void {
  const { presence } = member.session;
  const partner = partnerOf(room, member.session);
  if (presence.kind !== "away" || partner?.session.presence.kind !== "connected") return;
  member.awayTold = true;
  const graceMs = Math.max(0, presence.until - tx.now);
  const body = { roomId: room.roomId, cause: presence.cause, graceMs };
  tell(tx, partner.session, { event: "partner-away", body });
}

/** How a member comes back to its room. */
export interface Return {
  readonly wasAway: boolean;
  /** The page no longer holds the room's peer connection. */
  readonly connectionLost: boolean;
}

/** A member is on a new socket, and its welcome will tell the room as it is now (SPEC R7, R13, S7). */
export function comeBack(
  tx: Transaction,
  room: Room,
  session: Session,
  { wasAway, connectionLost }: Return,
): void {
  const { lobby, facts } = tx;
  const member = memberOf(room, session);
  if (!member) return;
  if (connectionLost && !takeGeneration(tx, session).ok) {
    // Its page cannot go on without a new negotiation, and its welcome says that it is in no room.
    endFlooded(tx, room, session);
    return;
  }
  lobby.deadlines.cancel(member.awayNotice);
  const partner = partnerOf(room, session);
  // The page on the new socket knows its welcome, and nothing that an older socket was told of an absent partner.
  if (partner) lobby.deadlines.cancel(partner.awayNotice);
  if (partner) partner.awayTold = false;
  forgetWord(tx, room, member);
  if (wasAway) facts.push({ type: "member-back", roomId: room.roomId, sessionId: session.sessionId });
  if (connectionLost) startOver(tx, room, member);
  member.toldGeneration = room.generation;

  if (partner?.session.presence.kind === "away") tellAway(tx, room, partner);
  else if (partner && (member.awayTold || partner.toldGeneration < room.generation))
    tellBack(tx, room, partner);
  member.awayTold = false;
}

/** Starts a new negotiation; a reviving room puts it off until its second member is there. */
export function startOver(tx: Transaction, room: Room, responder: RoomMember): void {
  if (room.phase.kind === "reviving") room.phase = { ...room.phase, startOver: true };
  else raiseGeneration(tx, room, responder);
  for (const member of room.members) reviewAbsence(tx, room, member);
}
