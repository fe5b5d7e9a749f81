import { LIMITS, type Signal, type SignalEnvelope } from "@serendip/protocol";
import { isSameNegotiation, type NegotiationId } from "../words/room-ref.ts";

/** Numbers what goes to the partner and keeps it until the server has it (SPEC R3). */
export interface Outbox {
  /** Starts at 1 again for a new negotiation; what was kept for another one is forgotten. */
  enter(negotiation: NegotiationId | undefined): void;
  /** Undefined when there is nobody to send it to, or the description's candidates are used up. */
  add(signal: Signal): SignalEnvelope | undefined;
  /** The server has it, or does not want it. */
  settle(envelope: SignalEnvelope): void;
  /** In order; to be sent again after a reconnect. A repeated one is dropped by the server. */
  unsettled(): readonly SignalEnvelope[];
}

export function createOutbox(): Outbox {
  let current: NegotiationId | undefined;
  let sequence = 0;
  let candidates = 0;
  let kept: readonly SignalEnvelope[] = [];
  return {
    enter(negotiation) {
      if (isSameNegotiation(current, negotiation)) return;
      current = negotiation;
      sequence = 0;
      candidates = 0;
      kept = [];
    },
    add(signal) {
      if (!current) return undefined;
      if (signal.kind === "candidate") {
        candidates += 1;
        if (candidates > LIMITS.candidatesPerDescription) return undefined;
      } else candidates = 0;
      sequence += 1;
      const { roomId, generation } = current;
      const envelope = { roomId, generation, sequence, signal };
      kept = [...kept, envelope];
      return envelope;
    },
    settle(envelope) {
      kept = kept.filter((other) => other !== envelope);
    },
    unsettled: () => kept,
  };
}
