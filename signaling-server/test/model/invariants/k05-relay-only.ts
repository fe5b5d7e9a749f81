import type { RoomId } from "@serendip/protocol";
import { holds, type Invariant } from "../invariant.ts";

/** K5: a room is relay only when either side's latest `find` asked for it, for both sides and to its end. */
export function relayOnlyRooms(): Invariant {
  /** Also across restarts: tickets carry it. */
  const rooms = new Map<RoomId, boolean>();
  return {
    fact(fact, _executed, witness) {
      if (fact.type !== "room-opened" && fact.type !== "room-reviving") return;
      const { roomId, relayOnly } = fact;
      const before = rooms.get(roomId);
      const members = fact.type === "room-opened" ? fact.members : [];
      const asked = members.some(({ sessionId }) => witness.inHand.get(sessionId)?.relayOnly);
      holds(relayOnly === (before ?? asked), "K5: relay only without being asked, or the other way round", {
        fact,
        before,
      });
      rooms.set(roomId, relayOnly);
    },
    rest({ sessions }) {
      for (const { state } of sessions)
        if (state.kind === "in-room")
          holds(
            (state.room.relayOnly ?? false) === rooms.get(state.room.roomId),
            "K5: a side does not know whether its room is relay only",
            state,
          );
    },
  };
}
