import { holds, type Invariant } from "../invariant.ts";

/** I13: every grace ends by its deadline, and nothing is put off without end. */
export function gracesEnd(): Invariant {
  return {
    rest({ now, sessions }, witness) {
      for (const { sessionId, graceUntil } of sessions) {
        const told = witness.sessions.get(sessionId)?.graceUntil;
        holds(graceUntil === told, "I13: a grace has another deadline than was told", { graceUntil, told });
        holds(graceUntil === undefined || graceUntil > now, "I13: a grace has outlived its deadline", {
          sessionId,
          graceUntil,
          now,
        });
      }
    },
  };
}
