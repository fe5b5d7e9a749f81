import { holds, type Invariant } from "../invariant.ts";

/** I3: a user is in exactly one of idle, queued, in a room; who is idle is connected. */
export function onePlace(): Invariant {
  return {
    rest({ sessions, rooms, stats }, witness) {
      holds(
        sessions.length === witness.sessions.size && stats.sessions === sessions.length,
        "I3: sessions are there that nobody was told of, or the other way round",
        { sessions: sessions.length, told: witness.sessions.size, stats },
      );
      for (const { sessionId, state, connected, waitingSince, graceUntil } of sessions) {
        const seen = witness.sessions.get(sessionId);
        const places = [seen?.waiting && "queued", seen?.room && "in-room"].filter(Boolean);
        const [told = "idle"] = places;
        holds(places.length <= 1, "I3: a user was told to be in two places", { sessionId, places });
        holds(told === state.kind, "I3: what is and what was told differ", { sessionId, state, told });
        holds(
          (waitingSince !== undefined) === (state.kind === "queued"),
          "I3: waits but is not queued",
          state,
        );
        holds(connected === (graceUntil === undefined), "I3: both connected and in grace", { sessionId });
        holds(connected === (seen?.socketId !== undefined), "I3: presence differs from what was told", seen);
        holds(connected || state.kind !== "idle", "I3: an idle session without a socket is kept", {
          sessionId,
        });
        const inRooms = rooms.filter(({ members }) => members.includes(sessionId));
        holds(inRooms.length === (state.kind === "in-room" ? 1 : 0), "I3: in more or fewer rooms", inRooms);
      }
      const online = sessions.filter(({ connected }) => connected).length;
      holds(stats.online === online, "I3: the number online is wrong", { stats, online });
      holds(stats.graces === sessions.length - online, "I3: the number of graces is wrong", stats);
    },
  };
}
