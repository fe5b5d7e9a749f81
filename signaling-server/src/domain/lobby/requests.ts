import type { Role, RoomId } from "@serendip/protocol";
import { reviewAbsence, startOver } from "./absence.ts";
import type { Answer, Command } from "./command.ts";
import { takeGeneration, tellBack } from "./generation.ts";
import { matchSeekers, seek } from "./matching.ts";
import { memberOf, partnerOf, type Room } from "./room.ts";
import { endFlooded, giveUpRoom, leaveRoom } from "./room-ending.ts";
import type { Session } from "./session.ts";
import type { Transaction } from "./state.ts";
import { tell } from "./tell.ts";
import { crowdOf, stateOf } from "./views.ts";
import { dequeue, enqueue, newSearch } from "./waiting.ts";

export const DONE: Answer = { ok: true, type: "done" };
const NOT_IN_ROOM: Answer = { ok: false, code: "not_in_room" };
const STALE_GENERATION: Answer = { ok: false, code: "stale_generation" };

function stateAnswer(tx: Transaction, session: Session): Answer {
  return { ok: true, type: "state", state: stateOf(session), crowd: crowdOf(tx.lobby) };
}

function roomOf(session: Session, roomId: RoomId): Room | undefined {
  const { place } = session;
  return place.kind === "in-room" && place.room.roomId === roomId ? place.room : undefined;
}

/** Works in any state: a room is left first, and a session that waits already keeps its place (SPEC M1, M4). */
export function find(
  tx: Transaction,
  session: Session,
  {
    requestId,
    relayOnly,
    mediaReady = false,
  }: Pick<Extract<Command, { type: "find" }>, "requestId" | "relayOnly" | "mediaReady">,
): Answer {
  const { place } = session;
  if (place.kind === "in-room") leaveRoom(tx, place.room, session, "next");
  if (place.kind === "queued") {
    const { search } = place;
    dequeue(tx, search);
    search.requestId = requestId;
    search.relayOnly = relayOnly;
    search.mediaReady = mediaReady;
    enqueue(tx, search);
    seek(tx, search);
  } else {
    const search = newSearch(tx, session, { requestId, relayOnly, mediaReady });
    enqueue(tx, search);
    seek(tx, search);
  }
  matchSeekers(tx);
  return stateAnswer(tx, session);
}

export function leave(tx: Transaction, session: Session): Answer {
  const { place } = session;
  if (place.kind === "queued") dequeue(tx, place.search);
  if (place.kind === "in-room") leaveRoom(tx, place.room, session, "left");
  return DONE;
}

/** The second `ready` makes the match a call (SPEC M6). */
export function ready(tx: Transaction, session: Session, roomId: RoomId): Answer {
  const room = roomOf(session, roomId);
  const member = room && memberOf(room, session);
  if (!room || !member) return NOT_IN_ROOM;
  member.ready = true;
  if (room.phase.kind === "matched" && room.members.every((each) => each.ready)) {
    tx.lobby.deadlines.cancel(room.phase.deadline);
    room.phase = { kind: "in-call" };
  }
  return DONE;
}

export function giveUp(tx: Transaction, session: Session, roomId: RoomId): Answer {
  const room = roomOf(session, roomId);
  if (!room) return NOT_IN_ROOM;
  giveUpRoom(tx, room, session);
  matchSeekers(tx);
  return stateAnswer(tx, session);
}

/**
 * A member says whether its partner's media flows (SPEC G6). Where it has stopped, the partner's socket may be dead too, and
 * is probed (SPEC G7); where the partner is away, the word decides how long its place is kept (SPEC G8, G9).
 */
export function witnessMedia(
  tx: Transaction,
  session: Session,
  {
    roomId,
    generation,
    flowing,
  }: Pick<Extract<Command, { type: "media" }>, "roomId" | "generation" | "flowing">,
): Answer {
  const room = roomOf(session, roomId);
  const member = room && memberOf(room, session);
  if (!room || !member) return NOT_IN_ROOM;
  // The word crossed a new negotiation on its way, and is about the one before.
  if (generation !== undefined && generation !== room.generation) return STALE_GENERATION;
  const media = flowing ? "flowing" : "stopped";
  if (flowing) {
    room.mediaFlowed = true;
    member.hasSeenPartner = true;
  }
  if (member.partnerMedia === media) return DONE;
  member.partnerMedia = media;
  const partner = partnerOf(room, session);
  if (!flowing && partner) tell(tx, partner.session, { event: "probe", body: {} });
  reviewAbsence(tx, room, partner);
  return DONE;
}

/** The caller's room ends, because nobody should have to bear what the caller sends (SPEC R17). */
export function endFlood(tx: Transaction, session: Session, roomId: RoomId): Answer {
  const room = roomOf(session, roomId);
  if (!room) return NOT_IN_ROOM;
  endFlooded(tx, room, session);
  // Who sent it may be an honest page that has gone wrong, and has to know that it is alone.
  tell(tx, session, { event: "partner-left", body: { roomId, reason: "left" } });
  return DONE;
}

/**
 * Begins a new negotiation after a peer connection that does not come back, or after signals were lost (SPEC R6, R10, R14).
 */
export function beginAnew(
  tx: Transaction,
  session: Session,
  { roomId, generation, role }: { roomId: RoomId; generation: number; role: Role },
): Answer {
  const room = roomOf(session, roomId);
  const member = room && memberOf(room, session);
  if (!room || !member) return NOT_IN_ROOM;
  if (generation !== room.generation) return STALE_GENERATION;
  const partner = partnerOf(room, session);
  const verdict = takeGeneration(tx, session);
  if (!verdict.ok) {
    // The responder is a page that lacks signals: without a new negotiation its call cannot come about.
    if (verdict.isFlood || role === "responder") endFlood(tx, session, roomId);
    return { ok: false, code: "rate_limited", retryAfterMs: verdict.retryAfterMs };
  }
  startOver(tx, room, role === "responder" ? member : (partner ?? member));
  // The caller of an absent partner is told at the partner's return: before that there is nobody to negotiate with.
  if (partner?.session.presence.kind !== "connected") return DONE;
  for (const each of room.members) tellBack(tx, room, each);
  return DONE;
}
