import type { Holds, Invariant } from "../invariant.ts";
import { isOlder } from "../witness.ts";

export const oldestFirst: Invariant = {
  title:
    "[I9] of those who may meet the one who has waited longest is taken, and a kept place keeps its time",
  watch(holds: Holds) {
    return {
      fact(fact, { at }, witness) {
        if (fact.type !== "room-opened" || witness.rooms.has(fact.roomId)) return;
        const pair = fact.members.map(({ sessionId }) => ({
          session: witness.sessions.get(sessionId),
          search: witness.inHand.get(sessionId),
        }));
        for (const [own, chosen] of [pair, [...pair].reverse()]) {
          if (!own?.session || !own.search || !chosen?.search) continue;
          for (const other of witness.matchable()) {
            const wasPassedOver =
              isOlder(other.search, chosen.search) &&
              witness.mayMeet([own.session, own.search], [other.session, other.search], at);
            holds(!wasPassedOver, "an older search was passed over", {
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
