import { holds, type Invariant } from "../invariant.ts";

/** I10: two who were together lately meet again only after both have waited, or when the time is over. */
export function noRematchTooSoon(): Invariant {
  return {
    fact(fact, { at }, witness) {
      if (fact.type !== "room-opened" || witness.rooms.has(fact.roomId)) return;
      const [a, b] = fact.members;
      if (witness.wereTogetherUntil(a.userId, b.userId) <= at) return;
      for (const { sessionId } of fact.members) {
        const startedAt = witness.inHand.get(sessionId)?.startedAt ?? Number.POSITIVE_INFINITY;
        holds(at - startedAt >= witness.patienceMs, "I10: two met again too soon", { fact, sessionId });
      }
      const [searchA, searchB] = [witness.inHand.get(a.sessionId), witness.inHand.get(b.sessionId)];
      holds(
        !searchA?.failedWith.has(b.userId) && !searchB?.failedWith.has(a.userId),
        "I10: a pair whose connection failed was tried again",
        fact,
      );
    },
  };
}
