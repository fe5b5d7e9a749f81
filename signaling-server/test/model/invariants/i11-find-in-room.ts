import type { RequestId } from "@serendip/protocol";
import type { Holds, Invariant } from "../invariant.ts";

export const findInRoom: Invariant = {
  title:
    "[I11] a find in a room ends it once, with one partner-left for the partner and no error for the finder",
  watch(holds: Holds) {
    const known = new Set<RequestId>();
    /** Whether this find is no repetition, which may get the answer that it got before and do nothing. */
    let hasEffect = false;
    return {
      begin({ command, outcome }, witness) {
        if (command.type !== "find") return;
        const session = witness.speaks(command.caller);
        if (!session) return;
        hasEffect = outcome.facts.length > 0 || !known.has(command.requestId);
        known.add(command.requestId);
        holds(outcome.answer.ok, "a find was refused", { command, outcome });
        const { room } = session;
        if (!room || !hasEffect) return;
        const ended = outcome.facts.filter(
          (fact) => fact.type === "room-ended" && fact.roomId === room.roomId,
        );
        holds(
          ended.length === 1 && ended.every((fact) => fact.type === "room-ended" && fact.reason === "next"),
          "a find in a room did not end it once with next",
          outcome,
        );
        const left = outcome.notices.filter(({ event }) => event === "partner-left");
        const partner = room.members.find(({ sessionId }) => sessionId !== session.sessionId);
        const listening = partner && witness.sessions.get(partner.sessionId)?.socketId !== undefined;
        holds(
          left.length === (listening ? 1 : 0) &&
            left.every(({ sessionId }) => sessionId === partner?.sessionId),
          "the partner did not get exactly one partner-left",
          outcome,
        );
      },
      end({ command }, witness) {
        const session = command.type === "find" ? witness.speaks(command.caller) : undefined;
        if (!session || !hasEffect) return;
        const place = session.waiting ?? session.room;
        holds(place !== undefined, "who asked for a partner neither waits nor has one", command);
      },
    };
  },
};
