import type { RoomView, SessionId } from "@serendip/protocol";
import type { TicketClaims } from "../domain/lobby/command.ts";
import type { Courier, TicketSigner } from "../ports.ts";
import { type Membership, memberIn, partnerIn } from "./membership.ts";

/** Tickets for the rooms that are known here (SPEC T1). */
export interface RoomTickets {
  /**
   * The ticket of a room as one session sees it; undefined where the partner is not known.
   *
   * @param presented the ticket that the session has just shown: a reviving room knows only what its first ticket said.
   */
  ticketOf(room: RoomView, sessionId: SessionId, presented?: TicketClaims): string | undefined;
  /** Sends newer tickets to one of `parts` equal parts of the people in rooms, so that thousands are not signed at once. */
  renew(part: number, parts: number): void;
}

/** The part that a session belongs to. Session ids are random, so all parts are about equally large. */
const partOf = (sessionId: SessionId, parts: number): number => {
  let sum = 0;
  for (let at = 0; at < sessionId.length; at += 1) sum = (sum * 31 + sessionId.charCodeAt(at)) % 65_521;
  return sum % parts;
};

export function createRoomTickets({
  signer,
  membership,
  courier,
}: {
  readonly signer: TicketSigner;
  readonly membership: Membership;
  readonly courier: Pick<Courier, "deliver">;
}): RoomTickets {
  const ticketOf: RoomTickets["ticketOf"] = (room, sessionId, presented) => {
    const { roomId, generation, role, requestId, relayOnly = false } = room;
    const known = membership.room(roomId);
    const me = known && memberIn(known, sessionId);
    const partner = known && partnerIn(known, sessionId);
    const claims = { roomId, generation, role, requestId, relayOnly };
    if (me && partner) {
      const [mine, theirs] = [signer.nameIn(roomId, me.userId), signer.nameIn(roomId, partner.userId)];
      return signer.sign({ ...claims, names: { me: mine, partner: theirs } });
    }
    return presented?.roomId === roomId ? signer.sign({ ...claims, names: presented.names }) : undefined;
  };

  const renewOne = (sessionId: SessionId): void => {
    const room = membership.roomOf(sessionId);
    const me = room && memberIn(room, sessionId);
    const seat = membership.seatOf(sessionId);
    if (!room || !me || !seat) return;
    const { roomId, generation, relayOnly } = room;
    const { role, requestId } = me;
    const view = { roomId, generation, role, requestId, relayOnly, partner: "present" } as const;
    const ticket = ticketOf(view, sessionId);
    if (ticket) courier.deliver(seat.socketId, "ticket", { roomId, ticket });
  };

  return {
    ticketOf,
    renew(part, parts) {
      for (const sessionId of membership.inRooms())
        if (partOf(sessionId, parts) === part) renewOne(sessionId);
    },
  };
}
