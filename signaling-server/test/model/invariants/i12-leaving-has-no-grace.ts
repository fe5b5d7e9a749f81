import type { RequestId } from "@serendip/protocol";
import type { Holds, Invariant } from "../invariant.ts";

export const leavingHasNoGrace: Invariant = {
  title: "[I12] [S16] whoever leaves on purpose, or is shut out, is gone at once, without a grace",
  watch(holds: Holds) {
    const known = new Set<RequestId>();
    return {
      end({ command, outcome }, witness) {
        if (command.type === "shut-out")
          for (const { userId, deviceGroup } of witness.sessions.values())
            holds(![userId, deviceGroup].includes(command.who.id), "who is shut out is still there", command);
        const isBye = command.type === "detach" && command.cause === "bye";
        const onPurpose = isBye || command.type === "leave" || command.type === "find";
        if (!onPurpose || !outcome.answer.ok) return;
        const graces = outcome.facts.filter(({ type }) => type === "grace-started");
        holds(graces.length === 0, "leaving on purpose started a grace", { command, graces });
        const session = witness.sessions.get(command.caller.sessionId);
        if (isBye) holds(session === undefined, "who said bye is still there", session?.sessionId);
        if (command.type !== "leave" || !session) return;
        // A repetition may get the answer that it got before, and do nothing.
        const hasEffect = outcome.facts.length > 0 || !known.has(command.requestId);
        known.add(command.requestId);
        if (!hasEffect) return;
        holds(!session.waiting && !session.room, "who left still has a place", session.sessionId);
      },
    };
  },
};
