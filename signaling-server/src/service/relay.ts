import type { ErrorCode, RoomId, SessionId, SignalEnvelope } from "@serendip/protocol";
import type { Caller, Fact, Member } from "../domain/lobby/command.ts";
import type { Courier } from "../ports.ts";
import { admit, advance, drain, keep, type Lane, openLane } from "./relay-lane.ts";
import { withoutAddresses } from "./relay-only.ts";

export type RelayVerdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: ErrorCode }
  /** The buffer for the partner is full: the room's generation has to be raised (SPEC R6). */
  | { readonly ok: false; readonly code: "partner_unreachable"; readonly generation: number };

/** A member of a room whose socket is here. */
export interface PresentMember {
  readonly roomId: RoomId;
  readonly generation: number;
  readonly socketId: string;
  readonly me: Member;
  readonly partner: Member | undefined;
  readonly relayOnly: boolean;
}

/**
 * Forwards signals between the two members of a room (SPEC R2–R6, K5). It knows rooms and members from the lobby's facts
 * and never asks the store. Synchronous throughout, so signals of one sender keep their order.
 */
export interface Relay {
  /** Takes in the facts of one outcome, in their order. */
  observe(facts: readonly Fact[]): void;
  /** The session's socket is now this one. What waits for the session is delivered by `flush`. */
  seat(session: Caller & { readonly socketId: string }): void;
  /** The session's socket is gone; ignored when a newer one has been seated. */
  unseat(caller: Caller): void;
  /** Whether the caller's socket is the session's present one (SPEC S6). */
  speaksFor(caller: Caller): boolean;
  /** Whether more signals were sent to this session than it has received in the room's present generation. */
  missesSignals(
    sessionId: SessionId,
    received: { readonly generation: number; readonly count: number },
  ): boolean;
  /** Delivers what was kept for the session. */
  flush(sessionId: SessionId): void;
  relay(caller: Caller, envelope: SignalEnvelope): RelayVerdict;
  /** Everybody in a room who has a socket. */
  present(): readonly SessionId[];
  /** Undefined for a session that is in no room, or has no socket. */
  presentMember(sessionId: SessionId): PresentMember | undefined;
  hasRooms(): boolean;
  members(roomId: RoomId): readonly Member[];
  counts(): { readonly rooms: number; readonly seats: number; readonly waitingSignals: number };
}

interface RelayRoom {
  generation: number;
  members: readonly Member[];
  readonly relayOnly: boolean;
  /** By sender. */
  readonly lanes: Map<SessionId, Lane>;
  /** Made from a ticket: signals of this generation went through before the restart. */
  readonly revivedAt: number | undefined;
}

export function createRelay(courier: Courier): Relay {
  const rooms = new Map<RoomId, RelayRoom>();
  const roomOf = new Map<SessionId, RoomId>();
  const seats = new Map<SessionId, { readonly epoch: number; readonly socketId: string }>();

  const laneOf = (room: RelayRoom, sender: SessionId): Lane => {
    const known = room.lanes.get(sender);
    if (known) return known;
    const lane = openLane(room.revivedAt === room.generation ? "resumed" : "fresh");
    room.lanes.set(sender, lane);
    return lane;
  };

  const enter = (roomId: RoomId, room: RelayRoom) => {
    rooms.set(roomId, room);
    for (const member of room.members) roomOf.set(member.sessionId, roomId);
  };

  const close = (roomId: RoomId) => {
    for (const member of rooms.get(roomId)?.members ?? [])
      if (roomOf.get(member.sessionId) === roomId) roomOf.delete(member.sessionId);
    rooms.delete(roomId);
  };

  /** The last step before a socket, so that nothing gets around it. */
  const deliver = ({ relayOnly }: RelayRoom, socketId: string, envelope: SignalEnvelope): void => {
    const passed = relayOnly ? { ...envelope, signal: withoutAddresses(envelope.signal) } : envelope;
    courier.deliver(socketId, "signal", passed);
  };

  const observeOne = (fact: Fact): void => {
    switch (fact.type) {
      case "room-opened": {
        const { generation, members, relayOnly } = fact;
        const revived = rooms.get(fact.roomId);
        // The second ticket may be of a later generation than the first.
        if (revived?.generation === generation) enter(fact.roomId, { ...revived, members, relayOnly });
        else {
          const revivedAt = revived && generation;
          enter(fact.roomId, { generation, members, relayOnly, lanes: new Map(), revivedAt });
        }
        return;
      }
      case "room-reviving": {
        const { generation, member, relayOnly } = fact;
        const lanes = new Map<SessionId, Lane>();
        enter(fact.roomId, { generation, members: [member], relayOnly, lanes, revivedAt: generation });
        return;
      }
      case "generation-raised": {
        const room = rooms.get(fact.roomId);
        if (!room) return;
        room.lanes.clear();
        enter(fact.roomId, { ...room, generation: fact.generation, members: fact.members });
        return;
      }
      case "room-ended":
        close(fact.roomId);
        return;
      case "session-closed":
        seats.delete(fact.sessionId);
        return;
    }
  };

  return {
    observe: (facts) => facts.forEach(observeOne),

    seat({ sessionId, epoch, socketId }) {
      seats.set(sessionId, { epoch, socketId });
    },

    unseat({ sessionId, epoch }) {
      if (seats.get(sessionId)?.epoch === epoch) seats.delete(sessionId);
    },

    speaksFor: ({ sessionId, epoch }) => seats.get(sessionId)?.epoch === epoch,

    flush(sessionId) {
      const room = rooms.get(roomOf.get(sessionId) ?? "");
      const socketId = seats.get(sessionId)?.socketId;
      if (!room || !socketId) return;
      for (const [sender, lane] of room.lanes)
        if (sender !== sessionId) for (const envelope of drain(lane)) deliver(room, socketId, envelope);
    },

    missesSignals(sessionId, { generation, count }) {
      const room = rooms.get(roomOf.get(sessionId) ?? "");
      if (room?.generation !== generation) return false;
      for (const [sender, { next, waiting }] of room.lanes)
        if (sender !== sessionId && next !== undefined && next - 1 - waiting.length > count) return true;
      return false;
    },

    relay(caller, envelope) {
      if (seats.get(caller.sessionId)?.epoch !== caller.epoch) return { ok: false, code: "stale_session" };
      const room = rooms.get(envelope.roomId);
      if (!room || roomOf.get(caller.sessionId) !== envelope.roomId)
        return { ok: false, code: "not_in_room" };
      if (envelope.generation < room.generation) return { ok: false, code: "stale_generation" };
      // Generations come from here, so a higher one means that the two sides disagree.
      if (envelope.generation > room.generation) return { ok: false, code: "bad_sequence" };

      const lane = laneOf(room, caller.sessionId);
      const admission = admit(lane, envelope);
      if (admission.kind === "repeated") return { ok: true };
      if (admission.kind === "refused") return { ok: false, code: admission.code };

      const partner = room.members.find((member) => member.sessionId !== caller.sessionId);
      const seat = partner && seats.get(partner.sessionId);
      if (seat) deliver(room, seat.socketId, envelope);
      else if (!keep(lane, envelope))
        return { ok: false, code: "partner_unreachable", generation: room.generation };
      advance(lane, envelope);
      return { ok: true };
    },

    present: () => [...roomOf.keys()].filter((sessionId) => seats.has(sessionId)),

    presentMember(sessionId) {
      const roomId = roomOf.get(sessionId);
      const room = roomId === undefined ? undefined : rooms.get(roomId);
      const me = room?.members.find((member) => member.sessionId === sessionId);
      const socketId = seats.get(sessionId)?.socketId;
      if (roomId === undefined || !room || !me || !socketId) return undefined;
      const partner = room.members.find((member) => member !== me);
      const { generation, relayOnly } = room;
      return { roomId, generation, socketId, me, partner, relayOnly };
    },

    hasRooms: () => rooms.size > 0,

    members: (roomId) => rooms.get(roomId)?.members ?? [],

    counts() {
      let waitingSignals = 0;
      for (const room of rooms.values())
        for (const lane of room.lanes.values()) waitingSignals += lane.waiting.length;
      return { rooms: rooms.size, seats: seats.size, waitingSignals };
    },
  };
}
