import type { Holds, Invariant } from "../invariant.ts";

export const roomHasTwo: Invariant = {
  title: "[I5] a room has two different people, who both know the same of it; a reviving one has its first",
  watch(holds: Holds) {
    return {
      rest({ sessions, rooms, stats }, witness) {
        holds(
          rooms.length === witness.rooms.size && stats.rooms === rooms.length,
          "rooms are there that nobody was told of, or the other way round",
          { rooms, told: [...witness.rooms.keys()] },
        );
        for (const room of rooms) {
          const expected = room.phase === "reviving" ? 1 : 2;
          holds(room.members.length === expected, "a room has a wrong number of members", room);
          const users = new Set(room.members.map((id) => witness.sessions.get(id)?.userId));
          holds(
            users.size === expected && !users.has(undefined),
            "the members are not different users",
            room,
          );
          const seen = witness.rooms.get(room.roomId);
          holds(seen?.generation === room.generation, "the generation differs from what was told", room);
          const roles = new Set<string>();
          for (const id of room.members) {
            const state = sessions.find(({ sessionId }) => sessionId === id)?.state;
            const view = state?.kind === "in-room" ? state.room : undefined;
            holds(
              view?.roomId === room.roomId && view.generation === room.generation,
              "a member is elsewhere",
              { room, view },
            );
            const told = seen?.members.find(({ sessionId }) => sessionId === id);
            holds(told?.role === view.role, "a role differs from what was told", { told, view });
            roles.add(view.role);
          }
          holds(roles.size === expected, "both members have the same role", room);
        }
      },
    };
  },
};
