import { LIMITS, type Signal, type SignalEnvelope } from "@serendip/protocol";
import { isSameNegotiation, type NegotiationId } from "../words/room-ref.ts";

/** Sorts what comes from the partner: late, foreign and repeated signals go no further. */
export interface Inbox {
  enter(negotiation: NegotiationId | undefined): void;
  receive(envelope: SignalEnvelope): void;
  /** Where signals of this negotiation go from now on, those that came early first. */
  deliverTo(negotiation: NegotiationId, deliver: (signal: Signal) => void): void;
  /** How many signals of the present negotiation have come; undefined without one. */
  received(): { readonly generation: number; readonly count: number } | undefined;
}

export function createInbox(): Inbox {
  let current: NegotiationId | undefined;
  let deliver: ((signal: Signal) => void) | undefined;
  let last = 0;
  /** Came before their peer connection was there, or before the word of their generation. */
  let early: readonly SignalEnvelope[] = [];

  const pass = (envelope: SignalEnvelope): void => {
    if (envelope.sequence <= last) return;
    last = envelope.sequence;
    deliver?.(envelope.signal);
  };

  return {
    enter(negotiation) {
      if (isSameNegotiation(current, negotiation)) return;
      const sameRoom = current?.roomId === negotiation?.roomId;
      current = negotiation;
      deliver = undefined;
      last = 0;
      early =
        negotiation && sameRoom ? early.filter(({ generation }) => generation >= negotiation.generation) : [];
    },
    receive(envelope) {
      if (!current || envelope.roomId !== current.roomId) return;
      if (envelope.generation < current.generation) return;
      if (deliver && envelope.generation === current.generation) pass(envelope);
      else if (early.length < LIMITS.candidatesPerDescription * 2) early = [...early, envelope];
    },
    deliverTo(negotiation, to) {
      if (!isSameNegotiation(current, negotiation)) return;
      deliver = to;
      const waiting = early.filter(({ generation }) => generation === negotiation.generation);
      early = early.filter(({ generation }) => generation !== negotiation.generation);
      for (const envelope of waiting) pass(envelope);
    },
    received() {
      if (!current) return undefined;
      const { generation } = current;
      const numbers = early.filter((one) => one.generation === generation).map(({ sequence }) => sequence);
      return { generation, count: Math.max(last, ...numbers) };
    },
  };
}
