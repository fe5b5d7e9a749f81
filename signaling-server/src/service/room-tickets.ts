import type { RoomId, RoomView, SessionId, UserId } from "@serendip/protocol";
import type { Fact, TicketClaims } from "../domain/lobby/command.ts";
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
  /** Sends newer tickets to the members of a room. */
  renew(roomId: RoomId): void;
  /** Forgets the names in rooms that are over. */
  observe(facts: readonly Fact[]): void;
  /** Rooms whose names are kept. */
  size(): number;
}

export function createRoomTickets({
  signer,
  membership,
  courier,
}: {
  readonly signer: Pick<TicketSigner, "nameIn" | "sign">;
  readonly membership: Pick<Membership, "room" | "seatOf">;
  readonly courier: Pick<Courier, "deliver">;
}): RoomTickets {
  /** The names of people in rooms, which are the same as long as the room is there, and each of which is a signature. */
  const namesIn = new Map<RoomId, Map<UserId, string>>();

  const nameIn = (roomId: RoomId, userId: UserId): string => {
    const names = namesIn.get(roomId) ?? new Map<UserId, string>();
    const known = names.get(userId);
    if (known !== undefined) return known;
    const name = signer.nameIn(roomId, userId);
    namesIn.set(roomId, names.set(userId, name));
    return name;
  };

  const ticketOf: RoomTickets["ticketOf"] = (room, sessionId, presented) => {
    const { roomId, generation, role, requestId, relayOnly = false } = room;
    const known = membership.room(roomId);
    const me = known && memberIn(known, sessionId);
    const partner = known && partnerIn(known, sessionId);
    const claims = { roomId, generation, role, requestId, relayOnly };
    if (me && partner) {
      const names = { me: nameIn(roomId, me.userId), partner: nameIn(roomId, partner.userId) };
      return signer.sign({ ...claims, names });
    }
    return presented?.roomId === roomId ? signer.sign({ ...claims, names: presented.names }) : undefined;
  };

  return {
    ticketOf,
    renew(roomId) {
      const room = membership.room(roomId);
      for (const { sessionId, role, requestId } of room?.members ?? []) {
        const seat = membership.seatOf(sessionId);
        if (!room || !seat) continue;
        const { generation, relayOnly } = room;
        const view = { roomId, generation, role, requestId, relayOnly, partner: "present" } as const;
        const ticket = ticketOf(view, sessionId);
        if (ticket) courier.deliver(seat.socketId, "ticket", { roomId, ticket });
      }
    },
    observe(facts) {
      for (const fact of facts) if (fact.type === "room-ended") namesIn.delete(fact.roomId);
    },
    size: () => namesIn.size,
  };
}
