import { holds, type Invariant } from "../invariant.ts";

/** I2: the epoch only grows; a command of an older one changes nothing. */
export function epochFences(): Invariant {
  return {
    begin({ command, outcome }, witness) {
      if (!("caller" in command) || witness.speaks(command.caller)) return;
      const { answer, facts, notices } = outcome;
      holds(
        !answer.ok && answer.code === "stale_session" && facts.length + notices.length === 0,
        "I2: a command of an older epoch had an effect",
        { command, outcome },
      );
    },
    fact(fact, _executed, witness) {
      if (fact.type !== "session-attached") return;
      const before = witness.sessions.get(fact.sessionId)?.epoch ?? 0;
      holds(fact.epoch > before, "I2: the epoch did not grow", { fact, before });
    },
  };
}
