import type { Holds, Invariant } from "../invariant.ts";

export const onePlace: Invariant = {
  title: "[I3] a person is in exactly one of idle, queued and in a room, and who is idle is connected",
  watch(holds: Holds) {
    return {
      rest({ sessions, rooms, stats }, witness) {
        holds(
          sessions.length === witness.sessions.size && stats.sessions === sessions.length,
          "sessions are there that nobody was told of, or the other way round",
          { sessions: sessions.length, told: witness.sessions.size, stats },
        );
        for (const { sessionId, state, connected, waitingSince, graceUntil } of sessions) {
          const seen = witness.sessions.get(sessionId);
          const places = [seen?.waiting && "queued", seen?.room && "in-room"].filter(Boolean);
          const [told = "idle"] = places;
          holds(places.length <= 1, "a user was told to be in two places", { sessionId, places });
          holds(told === state.kind, "what is and what was told differ", { sessionId, state, told });
          holds((waitingSince !== undefined) === (state.kind === "queued"), "waits but is not queued", state);
          holds(connected === (graceUntil === undefined), "both connected and in grace", { sessionId });
          holds(connected === (seen?.socketId !== undefined), "presence differs from what was told", seen);
          holds(connected || state.kind !== "idle", "an idle session without a socket is kept", {
            sessionId,
          });
          const inRooms = rooms.filter(({ members }) => members.includes(sessionId));
          holds(inRooms.length === (state.kind === "in-room" ? 1 : 0), "in more or fewer rooms", inRooms);
        }
        const online = sessions.filter(({ connected }) => connected).length;
        holds(stats.online === online, "the number online is wrong", { stats, online });
        holds(stats.graces === sessions.length - online, "the number of graces is wrong", stats);
      },
    };
  },
};
