import { type FloodVerdict, openSpending } from "../flood.ts";
import { partnerOf, type Room, type RoomMember } from "./room.ts";
import type { Session } from "./session.ts";
import type { Transaction } from "./state.ts";
import { tell } from "./tell.ts";
import { viewOfMember } from "./views.ts";

/** Whether a person may begin another negotiation, in whatever room; if so it is counted (SPEC R17). */
export function takeGeneration({ lobby, now }: Transaction, { userId }: Session): FloodVerdict {
  const spending = lobby.spendings.get(userId, now) ?? openSpending(lobby.settings.flood);
  lobby.spendings.set(userId, spending, now);
  return spending.take("generations", now);
}

/** Starts a new negotiation: the member that comes back is the `responder`, its partner makes the offer (SPEC R13). */
export function raiseGeneration(tx: Transaction, room: Room, responder: RoomMember): void {
  const partner = partnerOf(room, responder.session);
  if (!partner) return;
  room.generation += 1;
  responder.role = "responder";
  partner.role = "initiator";
  for (const member of room.members) member.partnerMedia = "unknown";
  const [first, second] = room.members;
  if (!first || !second) return;
  tx.facts.push({
    type: "generation-raised",
    roomId: room.roomId,
    generation: room.generation,
    members: [viewOfMember(first), viewOfMember(second)],
  });
}

/** Tells a member that its partner is there, and which generation and role hold now. */
export function tellBack(tx: Transaction, room: Room, member: RoomMember): void {
  if (member.session.presence.kind !== "connected") return;
  const { roomId, generation } = room;
  tell(tx, member.session, { event: "partner-back", body: { roomId, generation, role: member.role } });
  member.toldGeneration = generation;
}
