import type { Holds, Invariant } from "../invariant.ts";

export const queueIsComplete: Invariant = {
  title: "[I4] whoever is queued and connected has a position in the queue, and nobody else has one",
  watch(holds: Holds) {
    return {
      rest({ sessions, positions, stats }) {
        const queued = sessions.filter(({ state }) => state.kind === "queued");
        holds(stats.waiting === queued.length, "the number waiting is wrong", stats);
        const inQueue = queued
          .filter(({ connected }) => connected)
          .map(({ sessionId, waitingSince = 0 }) => ({ position: positions.get(sessionId), waitingSince }))
          .sort((a, b) => (a.position ?? 0) - (b.position ?? 0));
        for (const [index, { position, waitingSince }] of inQueue.entries()) {
          holds(position === index + 1, "a connected waiting person has no place of its own", inQueue);
          holds(
            waitingSince >= (inQueue[index - 1]?.waitingSince ?? 0),
            "the queue is not in the order of waiting",
            inQueue,
          );
        }
        for (const { sessionId, state, connected } of sessions)
          if (state.kind !== "queued" || !connected)
            holds(positions.get(sessionId) === undefined, "in the queue without waiting", { sessionId });
      },
    };
  },
};
