import { holds, type Invariant, type Snapshot } from "../invariant.ts";

/** I20: what is remembered is bounded; see `nothingLeft` for the end. */
export function bounded(): Invariant {
  return {
    rest({ stats, sessions }, witness) {
      const most =
        sessions.length * witness.settings.requestMemoryCount + witness.lately.size + witness.endedHere.size;
      holds(stats.memories <= most, "I20: more is remembered than there is to remember", { stats, most });
    },
  };
}

/** I20: when all have left and all times are over, every count is 0. */
export function nothingLeft({ stats, sessions, rooms }: Snapshot, nextDeadline: number | undefined): void {
  for (const [what, count] of Object.entries(stats)) holds(count === 0, `I20: ${what} are left`, stats);
  holds(sessions.length + rooms.length === 0, "I20: somebody or a room is left", { sessions, rooms });
  holds(nextDeadline === undefined, "I20: something still waits for its time", nextDeadline);
}
