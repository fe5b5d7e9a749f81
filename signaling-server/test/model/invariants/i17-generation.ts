import { holds, type Invariant } from "../invariant.ts";

/** I17, the store's half: the generation only grows, by one, and exactly when a negotiation has to begin anew. */
export function generationGrows(): Invariant {
  return {
    begin({ command, outcome }, witness) {
      if (command.type !== "attach" || !outcome.answer.ok || outcome.answer.type !== "attached") return;
      const { resumed, state } = outcome.answer;
      const session = witness.sessionOf(command.userId);
      if (!resumed || !session?.room || session.room.members.length < 2 || state.kind !== "in-room") return;
      const { resume } = command;
      const kept =
        resume?.peerConnection === "alive" &&
        resume.sessionId === session.sessionId &&
        resume.resumeSecret === session.secret;
      const { generation, role } = state.room;
      holds(
        generation === session.room.generation + (kept ? 0 : 1),
        "I17: the generation is not what a return with or without its connection makes it",
        { kept, before: session.room.generation, generation },
      );
      holds(kept || role === "responder", "I17: who lost the connection was to make the offer", state);
    },
    fact(fact, _executed, witness) {
      if (fact.type !== "generation-raised") return;
      const before = witness.rooms.get(fact.roomId)?.generation;
      holds(
        before !== undefined && fact.generation === before + 1,
        "I17: the generation did not grow by one",
        {
          fact,
          before,
        },
      );
    },
  };
}
