import type { AwayCause } from "@serendip/protocol";
import type { DetachCause } from "./command.ts";
import { raiseGeneration, tellBack } from "./generation.ts";
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
  const graceMs = graceFor(turn, session, cause);
  if (cause === "bye" || cause === "stale" || graceMs <= 0) {
    endSession(turn, session, cause);
    return;
  }
  startGrace(turn, session, { cause, graceMs });
  if (place.kind === "queued") park(turn.lobby, place.search);
  if (place.kind === "in-room") markAway(turn, place.room, session);
}

function graceFor({ lobby }: Turn, session: Session, cause: DetachCause): number {
  const { place } = session;
  if (cause === "bye" || cause === "stale" || place.kind === "idle") return 0;
  const { graces } = lobby.settings;
  if (place.kind === "queued") return graces[cause].queuedMs;
  const mediaFlows = partnerOf(place.room, session)?.partnerMedia === "flowing";
  return cause === "silent" && mediaFlows ? graces.silent.inRoomFlowingMs : graces[cause].inRoomMs;
}

function startGrace(
  turn: Turn,
  session: Session,
  { cause, graceMs }: { cause: AwayCause; graceMs: number },
): void {
  const { lobby, now, facts } = turn;
  const until = now + graceMs;
  const grace = lobby.deadlines.arm(until, { kind: "grace-over", session });
  session.presence = { kind: "away", cause, until, grace };
  lobby.online -= 1;
  lobby.alive.delete(session);
  facts.push({ type: "grace-started", sessionId: session.sessionId, cause, graceMs });
}

/** The partner hears of it only when the absence lasts, so that a quick return does not flicker (SPEC R7). */
function markAway(turn: Turn, room: Room, session: Session): void {
  const { lobby, now, facts } = turn;
  const member = memberOf(room, session);
  if (!member) return;
  facts.push({ type: "member-away", roomId: room.roomId, sessionId: session.sessionId });
  const at = now + lobby.settings.awayDebounceMs;
  member.awayNotice = lobby.deadlines.arm(at, { kind: "tell-away", room, member });
}

/** The debounce of an absence is over. A partner who is away as well learns it from the next welcome. */
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
  if (wasAway) facts.push({ type: "member-back", roomId: room.roomId, sessionId: session.sessionId });
  if (connectionLost) startOver(turn, room, member);
  member.toldGeneration = room.generation;

  const partner = partnerOf(room, session);
  if (partner?.session.presence.kind === "away") {
    lobby.deadlines.cancel(partner.awayNotice);
    partner.awayTold = true;
  } else if (partner && (member.awayTold || partner.toldGeneration < room.generation)) {
    tellBack(turn, room, partner);
  }
  member.awayTold = false;
}

/** A new negotiation, put off until there are two. */
export function startOver(turn: Turn, room: Room, responder: RoomMember): void {
  if (room.phase.kind === "reviving") room.phase = { ...room.phase, startOver: true };
  else raiseGeneration(turn, room, responder);
}
