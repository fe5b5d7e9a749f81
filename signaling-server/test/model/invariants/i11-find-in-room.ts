import { holds, type Invariant } from "../invariant.ts";

/** I11: a find in a room ends it once; the partner gets one partner-left next, the finder no error. */
export function findInRoom(): Invariant {
  return {
    begin({ command, outcome }, witness) {
      if (command.type !== "find") return;
      const session = witness.speaks(command.caller);
      if (!session) return;
      holds(outcome.answer.ok, "I11: a find was refused", { command, outcome });
      const { room } = session;
      if (!room || outcome.facts.length === 0) return;
      const ended = outcome.facts.filter((fact) => fact.type === "room-ended" && fact.roomId === room.roomId);
      holds(
        ended.length === 1 && ended.every((fact) => fact.type === "room-ended" && fact.reason === "next"),
        "I11: a find in a room did not end it once with next",
        outcome,
      );
      const left = outcome.notices.filter(({ event }) => event === "partner-left");
      const partner = room.members.find(({ sessionId }) => sessionId !== session.sessionId);
      const listening = partner && witness.sessions.get(partner.sessionId)?.socketId !== undefined;
      holds(
        left.length === (listening ? 1 : 0) &&
          left.every(({ sessionId }) => sessionId === partner?.sessionId),
        "I11: the partner did not get exactly one partner-left",
        outcome,
      );
    },
    end({ command, outcome }, witness) {
      if (command.type !== "find" || outcome.facts.length === 0) return;
      const session = witness.sessions.get(command.caller.sessionId);
      const place = session?.waiting ?? session?.room;
      holds(place !== undefined, "I11: who asked for a partner neither waits nor has one", command);
    },
  };
}
