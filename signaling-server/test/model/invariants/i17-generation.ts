import type { Holds, Invariant } from "../invariant.ts";

/** The store's half; that no signal of an older generation is delivered is the relay's. */
export const generationGrows: Invariant = {
  title: "[I17] a generation grows by one at a time, and at a return exactly when the connection was lost",
  watch(holds: Holds) {
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
          "the generation is not what a return with or without its connection makes it",
          { kept, before: session.room.generation, generation },
        );
        holds(kept || role === "responder", "who lost the connection was to make the offer", state);
      },
      fact(fact, _executed, witness) {
        if (fact.type !== "generation-raised") return;
        const before = witness.rooms.get(fact.roomId)?.generation;
        holds(before !== undefined && fact.generation === before + 1, "the generation did not grow by one", {
          fact,
          before,
        });
      },
    };
  },
};
