import type { Holds, Invariant } from "../invariant.ts";

export const bounded: Invariant = {
  title:
    "[I20] [C37] what is remembered is bounded, and when all have gone and all times are over nothing is left",
  watch(holds: Holds) {
    return {
      rest({ stats, sessions }, witness) {
        const most =
          sessions.length * witness.settings.requestMemoryCount +
          witness.lately.size +
          witness.begunAnew.size +
          witness.endedHere.size;
        holds(stats.memories <= most, "more is remembered than there is to remember", { stats, most });
        holds(stats.standings <= witness.standing.size, "more standings are kept than there are", stats);
      },
      over({ stats, sessions, rooms }, nextDeadline) {
        for (const [what, count] of Object.entries(stats)) holds(count === 0, `${what} are left`, stats);
        holds(sessions.length + rooms.length === 0, "somebody or a room is left", { sessions, rooms });
        holds(nextDeadline === undefined, "something still waits for its time", nextDeadline);
      },
    };
  },
};
