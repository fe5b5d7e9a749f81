import type { SessionId } from "@serendip/protocol";
import { type Allowance, type Budget, createBudget } from "@serendip/time";
import type { Fact } from "../../domain/lobby/command.ts";

/**
 * How many bytes a session may be made to read by its partners, whoever and in how many rooms they are (SPEC R12): one partner
 * after the other could fill its connection otherwise (SPEC W9).
 */
export interface Receivers {
  /** Counts what new negotiations make the members read, and forgets sessions that are over. */
  observe(facts: readonly Fact[]): void;
  /** The bytes that there is room for at a session. */
  roomAt(sessionId: SessionId): Budget;
  /** How long from now on until there is room for the word of a new negotiation, milliseconds; 0: there is. Takes nothing. */
  negotiationWaitMs(sessionId: SessionId): number;
  size(): number;
}

/** What a `partner-back` takes at most, with its frame. */
const NEGOTIATION_BYTES = 256;

export function createReceivers(allowance: Allowance, now: () => number): Receivers {
  const left = new Map<SessionId, Budget>();
  const roomAt = (sessionId: SessionId): Budget => {
    const known = left.get(sessionId);
    if (known) return known;
    const budget = createBudget(allowance);
    left.set(sessionId, budget);
    return budget;
  };
  return {
    observe(facts) {
      for (const fact of facts)
        if (fact.type === "session-closed") left.delete(fact.sessionId);
        else if (fact.type === "generation-raised")
          for (const { sessionId } of fact.members) roomAt(sessionId).spend(NEGOTIATION_BYTES, now());
    },
    roomAt,
    negotiationWaitMs: (sessionId) => left.get(sessionId)?.waitMs(NEGOTIATION_BYTES, now()) ?? 0,
    size: () => left.size,
  };
}
