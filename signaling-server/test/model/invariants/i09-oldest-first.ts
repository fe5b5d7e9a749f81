import { holds, type Invariant } from "../invariant.ts";
import { isOlder } from "../witness.ts";

/** I9: among those who may meet the oldest wins, and a place in the queue is kept through requeue and resume. */
export function oldestFirst(): Invariant {
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
          holds(!wasPassedOver, "I9: an older search was passed over", {
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
          "I9: a place in the queue was not kept",
          { sessionId, waitingSince },
        );
    },
  };
}
