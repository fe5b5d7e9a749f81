import type { RoomId } from "@serendip/protocol";
import type { Holds, Invariant } from "../invariant.ts";

export const relayOnlyRooms: Invariant = {
  title: "[K5] a room is relay only exactly when one of its searches asked for it, for both and to its end",
  watch(holds: Holds) {
    /** Also across restarts: tickets carry it. */
    const rooms = new Map<RoomId, boolean>();
    return {
      fact(fact, _executed, witness) {
        if (fact.type !== "room-opened" && fact.type !== "room-reviving") return;
        const { roomId, relayOnly } = fact;
        const before = rooms.get(roomId);
        const members = fact.type === "room-opened" ? fact.members : [];
        const asked = members.some(({ sessionId }) => witness.inHand.get(sessionId)?.relayOnly);
        holds(relayOnly === (before ?? asked), "relay only without being asked, or the other way round", {
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
              "a side does not know whether its room is relay only",
              state,
            );
      },
    };
  },
};
