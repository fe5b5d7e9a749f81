import type { Holds, Invariant } from "../invariant.ts";

export const noRematchTooSoon: Invariant = {
  title: "[I10] two who were together meet again only when their time is over or both have waited for it",
  watch(holds: Holds) {
    return {
      fact(fact, { at }, witness) {
        if (fact.type !== "room-opened" || witness.rooms.has(fact.roomId)) return;
        const [a, b] = fact.members;
        if (witness.wereTogetherUntil(a.userId, b.userId) <= at) return;
        for (const { sessionId } of fact.members) {
          const startedAt = witness.inHand.get(sessionId)?.startedAt ?? Number.POSITIVE_INFINITY;
          holds(at - startedAt >= witness.patienceMs, "two met again too soon", { fact, sessionId });
        }
        const [searchA, searchB] = [witness.inHand.get(a.sessionId), witness.inHand.get(b.sessionId)];
        holds(
          !searchA?.failedWith.has(b.userId) && !searchB?.failedWith.has(a.userId),
          "a pair whose connection failed was tried again",
          fact,
        );
      },
    };
  },
};
