import type { SessionId } from "@serendip/protocol";
import { type Allowance, type Remainder, spend } from "@serendip/time";
import type { Fact } from "../../domain/lobby/command.ts";

/**
 * How many bytes a session may be made to read by its partners, whoever and in how many rooms they are (SPEC R12): one partner
 * after the other could fill its connection otherwise (SPEC W9).
 */
export interface Receivers {
  /** Counts what new negotiations make the members read, and forgets sessions that are over. */
  observe(facts: readonly Fact[]): void;
  /** How long from now on until there is room for so many bytes, milliseconds; 0: there is. Takes nothing. */
  waitMs(sessionId: SessionId, bytes: number): number;
  /** The same for the word of a new negotiation. */
  negotiationWaitMs(sessionId: SessionId): number;
  take(sessionId: SessionId, bytes: number): void;
  size(): number;
}

/** What a `partner-back` takes at most, with its frame. */
const NEGOTIATION_BYTES = 256;

export function createReceivers(allowance: Allowance, now: () => number): Receivers {
  const left = new Map<SessionId, Remainder>();
  const spent = (sessionId: SessionId, amount: number) =>
    spend(left.get(sessionId), { amount, now: now(), allowance });
  const take = (sessionId: SessionId, bytes: number) =>
    void left.set(sessionId, spent(sessionId, bytes).remainder);
  const waitMs = (sessionId: SessionId, bytes: number) => {
    const outcome = spent(sessionId, bytes);
    return outcome.ok ? 0 : outcome.waitMs;
  };
  return {
    observe(facts) {
      for (const fact of facts)
        if (fact.type === "session-closed") left.delete(fact.sessionId);
        else if (fact.type === "generation-raised")
          for (const { sessionId } of fact.members) take(sessionId, NEGOTIATION_BYTES);
    },
    waitMs,
    negotiationWaitMs: (sessionId) => waitMs(sessionId, NEGOTIATION_BYTES),
    take,
    size: () => left.size,
  };
}
