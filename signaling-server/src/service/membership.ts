import type { RoomId, SessionId } from "@serendip/protocol";
import type { Caller, Fact, MemberView, RoomOrigins } from "../domain/lobby/command.ts";

/** The socket at which a session is reached, and the epoch for which it speaks. */
export interface Seat {
  readonly epoch: number;
  readonly socketId: string;
}

/** A room and who is in it. */
export interface KnownRoom {
  readonly roomId: RoomId;
  readonly generation: number;
  /** Two members; one while the room waits for its second ticket. */
  readonly members: readonly MemberView[];
  readonly relayOnly: boolean;
  readonly origins: RoomOrigins;
  /** The generation in which the room was revived from a ticket: some of its signals passed before the restart. */
  readonly revivedIn: number | undefined;
}

/**
 * Who is in which room, and at which socket: the one copy of it outside the store, made of the store's facts alone. So every
 * node that hears the facts knows the same.
 */
export interface Membership {
  /** Takes in the facts of one outcome, in their order. */
  observe(facts: readonly Fact[]): void;
  seatOf(sessionId: SessionId): Seat | undefined;
  /** Whether the caller's socket is the session's present one (SPEC S6). */
  speaksFor(caller: Caller): boolean;
  room(roomId: RoomId): KnownRoom | undefined;
  roomOf(sessionId: SessionId): KnownRoom | undefined;
  /** Sessions in a room. */
  inRooms(): Iterable<SessionId>;
  counts(): { readonly rooms: number; readonly members: number; readonly seats: number };
}

export const memberIn = ({ members }: KnownRoom, sessionId: SessionId): MemberView | undefined =>
  members.find((member) => member.sessionId === sessionId);

/** The other member; undefined while there is none. */
export const partnerIn = ({ members }: KnownRoom, sessionId: SessionId): MemberView | undefined =>
  members.find((member) => member.sessionId !== sessionId);

export function createMembership(): Membership {
  const rooms = new Map<RoomId, KnownRoom>();
  const roomOf = new Map<SessionId, KnownRoom>();
  const seats = new Map<SessionId, Seat>();

  const enter = (room: KnownRoom): void => {
    rooms.set(room.roomId, room);
    for (const member of room.members) roomOf.set(member.sessionId, room);
  };

  const observeOne = (fact: Fact): void => {
    switch (fact.type) {
      case "session-opened":
      case "session-attached":
        seats.set(fact.sessionId, { epoch: fact.epoch, socketId: fact.socketId });
        return;
      case "grace-started":
      case "session-closed":
        seats.delete(fact.sessionId);
        return;
      case "room-reviving": {
        const { roomId, generation, member, relayOnly } = fact;
        enter({ roomId, generation, members: [member], relayOnly, origins: "same", revivedIn: generation });
        return;
      }
      case "room-opened": {
        const { roomId, generation, members, relayOnly, origins } = fact;
        // The second ticket may be of a later generation than the first.
        const revivedIn = rooms.has(roomId) ? generation : undefined;
        enter({ roomId, generation, members, relayOnly, origins, revivedIn });
        return;
      }
      case "generation-raised": {
        const room = rooms.get(fact.roomId);
        if (room) enter({ ...room, generation: fact.generation, members: fact.members });
        return;
      }
      case "room-ended":
        for (const { sessionId } of rooms.get(fact.roomId)?.members ?? [])
          if (roomOf.get(sessionId)?.roomId === fact.roomId) roomOf.delete(sessionId);
        rooms.delete(fact.roomId);
        return;
    }
  };

  return {
    observe: (facts) => facts.forEach(observeOne),
    seatOf: (sessionId) => seats.get(sessionId),
    speaksFor: ({ sessionId, epoch }) => seats.get(sessionId)?.epoch === epoch,
    room: (roomId) => rooms.get(roomId),
    roomOf: (sessionId) => roomOf.get(sessionId),
    inRooms: () => roomOf.keys(),
    counts: () => ({ rooms: rooms.size, members: roomOf.size, seats: seats.size }),
  };
}
