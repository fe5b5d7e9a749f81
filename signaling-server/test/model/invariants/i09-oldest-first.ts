import type { Holds, Invariant } from "../invariant.ts";

export const oldestFirst: Invariant = {
  title:
    "[I9] [M1] of those who may meet the best standing is taken, among its like who has waited longest, and a kept place keeps its time",
  watch(holds: Holds) {
    return {
      fact(fact, { at }, witness) {
        if (fact.type !== "room-opened" || witness.rooms.has(fact.roomId)) return;
        const pair = fact.members.map(({ sessionId }) => ({
          session: witness.sessions.get(sessionId),
          search: witness.inHand.get(sessionId),
        }));
        for (const [own, chosen] of [pair, [...pair].reverse()]) {
          if (!own?.session || !own.search || !chosen?.session || !chosen.search) continue;
          const taken = { session: chosen.session, search: chosen.search };
          for (const other of witness.matchable()) {
            const wasPassedOver =
              witness.goesFirst(other, taken, at) &&
              witness.mayMeet([own.session, own.search], [other.session, other.search], at);
            holds(!wasPassedOver, "somebody was passed over who goes first", {
              fact,
              other: other.session.sessionId,
            });
          }
        }
      },
      rest({ sessions }, witness) {
        for (const { sessionId, waitingSince } of sessions)
          holds(
            waitingSince === witness.sessions.get(sessionId)?.waiting?.startedAt,
            "a place in the queue was not kept",
            { sessionId, waitingSince },
          );
      },
    };
  },
};
