import type { Holds, Invariant } from "../invariant.ts";

export const epochFences: Invariant = {
  title: "[I2] a session's epoch only grows, and what an older one's socket says changes nothing",
  watch(holds: Holds) {
    return {
      begin({ command, outcome }, witness) {
        if (!("caller" in command) || witness.speaks(command.caller)) return;
        const { answer, facts, notices } = outcome;
        holds(
          !answer.ok && answer.code === "stale_session" && facts.length + notices.length === 0,
          "a command of an older epoch had an effect",
          { command, outcome },
        );
      },
      fact(fact, _executed, witness) {
        if (fact.type !== "session-attached") return;
        const before = witness.sessions.get(fact.sessionId)?.epoch ?? 0;
        holds(fact.epoch > before, "the epoch did not grow", { fact, before });
      },
    };
  },
};
