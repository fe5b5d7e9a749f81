import { partnerLeft, type RoomEndReason } from "@serendip/protocol";
import { reviewGrace } from "./grace.ts";
import { seek } from "./matching.ts";
import { partnerOf, type Room, type RoomMember } from "./room.ts";
import type { Session } from "./session.ts";
import { closeIfGone } from "./session-life.ts";
import { judgeRoom } from "./standing/judge.ts";
import type { Transaction } from "./state.ts";
import { tell } from "./tell.ts";
import { enqueue } from "./waiting.ts";

/** The one place where a room ends (SPEC R8). Its members are idle afterwards and have not been told yet. */
function endRoom(tx: Transaction, room: Room, reason: RoomEndReason, by?: Session): void {
  const { lobby, now, facts } = tx;
  judgeRoom(tx, room, { reason, by });
  if (room.phase.kind !== "in-call") lobby.deadlines.cancel(room.phase.deadline);
  lobby.rooms.delete(room.roomId);
  lobby.endedRooms.set(room.roomId, true, now);
  for (const member of room.members) {
    lobby.deadlines.cancel(member.awayNotice);
    member.session.place = { kind: "idle" };
  }
  const [first, second] = room.members;
  if (first && second) lobby.recentPartners.mark(first.session.userId, second.session.userId, now);
  facts.push({ type: "room-ended", roomId: room.roomId, reason });
}

/** The last event of a room for a member who stays idle. */
function tellLeft(tx: Transaction, room: Room, member: RoomMember, reason: RoomEndReason): void {
  tell(tx, member.session, { event: "partner-left", body: partnerLeft(room.roomId, reason) });
  closeIfGone(tx, member.session);
}

function tellRequeued(
  tx: Transaction,
  room: Room,
  member: RoomMember,
  reason: "timeout" | "media-failed",
): void {
  const { requestId } = member.search;
  tell(tx, member.session, { event: "requeued", body: { requestId, roomId: room.roomId, reason } });
}

/**
 * Gives a member its old place in the queue. An absent member keeps it for the rest of its own grace: in the queue no media
 * holds it (SPEC G8).
 */
function requeue(tx: Transaction, room: Room, member: RoomMember): void {
  const partner = partnerOf(room, member.session);
  if (partner) partner.partnerMedia = "unknown";
  reviewGrace(tx, room, member.session);
  member.search.waitsSince = tx.now;
  enqueue(tx, member.search);
}

/** One member leaves; the other one is told, and is idle. */
export function leaveRoom(tx: Transaction, room: Room, leaving: Session, reason: RoomEndReason): void {
  const partner = partnerOf(room, leaving);
  endRoom(tx, room, reason, leaving);
  if (partner) tellLeft(tx, room, partner, reason);
}

/** The partner of somebody who sends without end and does not wait when asked to is freed of them (SPEC R17). */
export function endFlooded(tx: Transaction, room: Room, flooding: Session): void {
  leaveRoom(tx, room, flooding, "flood");
}

/** Not both members said `ready` in time; one that did gets its old place back (SPEC M6). */
export function endUnready(tx: Transaction, room: Room): void {
  endRoom(tx, room, "timeout");
  for (const member of room.members) {
    if (!member.ready) {
      tellLeft(tx, room, member, "timeout");
      continue;
    }
    requeue(tx, room, member);
    tellRequeued(tx, room, member, "timeout");
  }
  for (const { search } of room.members) seek(tx, search);
}

/** No connection could be made: both get their old places back, and these searches never meet again (SPEC M7). */
export function giveUpRoom(tx: Transaction, room: Room, caller: Session): void {
  endRoom(tx, room, "media-failed");
  for (const member of room.members) {
    const partner = partnerOf(room, member.session);
    if (partner) member.search.failedWith.add(partner.session.userId);
    requeue(tx, room, member);
    // The caller learns it from the answer.
    if (member.session !== caller) tellRequeued(tx, room, member, "media-failed");
  }
  for (const { search } of room.members) seek(tx, search);
}

/** The second ticket did not come (SPEC T2). */
export function endUnrevived(tx: Transaction, room: Room): void {
  endRoom(tx, room, "server-restart");
  for (const member of room.members) tellLeft(tx, room, member, "server-restart");
}
