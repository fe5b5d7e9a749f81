import type { Holds, Invariant } from "../invariant.ts";

export const oneRoomPerFind: Invariant = {
  title: "[I7] one find leads to one room at a time, and each match is told to each side exactly once",
  watch(holds: Holds) {
    const opened = new Set<string>();
    return {
      fact(fact, { outcome }, witness) {
        if (fact.type !== "room-opened") return;
        const revived = witness.rooms.has(fact.roomId);
        holds(revived || !opened.has(fact.roomId), "a room was opened twice", fact);
        opened.add(fact.roomId);
        for (const { sessionId, requestId } of fact.members) {
          const matched = outcome.notices.filter(
            (notice) =>
              notice.event === "matched" &&
              notice.sessionId === sessionId &&
              notice.body.room.roomId === fact.roomId,
          );
          holds(matched.length === (revived ? 0 : 1), "a match was not delivered exactly once", {
            fact,
            matched,
          });
          for (const { body } of matched.filter(({ event }) => event === "matched"))
            holds(
              "room" in body && body.room.requestId === requestId,
              "a match was announced with another request",
              { body, requestId },
            );
          if (revived) continue;
          const search = witness.inHand.get(sessionId);
          holds(search?.requestId === requestId, "matched without a find that was waiting", fact);
          const elsewhere = [...witness.rooms.values()].some(({ members }) =>
            members.some((member) => member.search === search),
          );
          holds(!elsewhere, "one find led to two rooms", fact);
        }
      },
      begin({ outcome }) {
        for (const notice of outcome.notices) {
          if (notice.event !== "matched") continue;
          const { roomId } = notice.body.room;
          const fact = outcome.facts.some((each) => each.type === "room-opened" && each.roomId === roomId);
          holds(fact, "a match was announced that did not happen", notice);
        }
      },
      restarted: () => opened.clear(),
    };
  },
};
