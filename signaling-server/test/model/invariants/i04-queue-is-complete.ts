import { holds, type Invariant } from "../invariant.ts";

/** I4: queued and connected ⇔ in the queue, with a position of its own; nobody else has one. */
export function queueIsComplete(): Invariant {
  return {
    rest({ sessions, positions, stats }) {
      const queued = sessions.filter(({ state }) => state.kind === "queued");
      holds(stats.waiting === queued.length, "I4: the number waiting is wrong", stats);
      const inQueue = queued
        .filter(({ connected }) => connected)
        .map(({ sessionId, waitingSince = 0 }) => ({ position: positions.get(sessionId), waitingSince }))
        .sort((a, b) => (a.position ?? 0) - (b.position ?? 0));
      for (const [index, { position, waitingSince }] of inQueue.entries()) {
        holds(position === index + 1, "I4: a connected waiting person has no place of its own", inQueue);
        holds(
          waitingSince >= (inQueue[index - 1]?.waitingSince ?? 0),
          "I4: the queue is not in the order of waiting",
          inQueue,
        );
      }
      for (const { sessionId, state, connected } of sessions)
        if (state.kind !== "queued" || !connected)
          holds(positions.get(sessionId) === undefined, "I4: in the queue without waiting", { sessionId });
    },
  };
}
