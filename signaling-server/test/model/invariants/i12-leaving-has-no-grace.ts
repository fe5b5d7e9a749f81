import { holds, type Invariant } from "../invariant.ts";

/** I12: who leaves on purpose is gone at once, without a grace. */
export function leavingHasNoGrace(): Invariant {
  return {
    end({ command, outcome }, witness) {
      const isBye = command.type === "detach" && command.cause === "bye";
      const onPurpose = isBye || command.type === "leave" || command.type === "find";
      if (!onPurpose || !outcome.answer.ok) return;
      const graces = outcome.facts.filter(({ type }) => type === "grace-started");
      holds(graces.length === 0, "I12: leaving on purpose started a grace", { command, graces });
      const session = witness.sessions.get(command.caller.sessionId);
      if (isBye) holds(session === undefined, "I12: who said bye is still there", session?.sessionId);
      if (command.type !== "leave" || !session || outcome.facts.length === 0) return;
      holds(!session.waiting && !session.room, "I12: who left still has a place", session.sessionId);
    },
  };
}
