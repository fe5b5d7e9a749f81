import { LIMITS, type Signal, type SignalEnvelope } from "@serendip/protocol";

/** The negotiation that a signal belongs to. */
export interface Negotiation {
  readonly roomId: string;
  readonly generation: number;
}

const isSame = (a: Negotiation | undefined, b: Negotiation | undefined): boolean =>
  a?.roomId === b?.roomId && a?.generation === b?.generation;

/** Numbers what goes to the partner and keeps it until the server has it (SPEC R3). */
export interface Outbox {
  /** Starts at 1 again for a new negotiation; what was kept for another one is forgotten. */
  enter(negotiation: Negotiation | undefined): void;
  /** Undefined when there is nobody to send it to, or the description's candidates are used up. */
  add(signal: Signal): SignalEnvelope | undefined;
  /** The server has it, or does not want it. */
  settle(envelope: SignalEnvelope): void;
  /** In order; to be sent again after a reconnect. A repeated one is dropped by the server. */
  unsettled(): readonly SignalEnvelope[];
}

export function createOutbox(): Outbox {
  let current: Negotiation | undefined;
  let sequence = 0;
  let candidates = 0;
  let kept: readonly SignalEnvelope[] = [];
  return {
    enter(negotiation) {
      if (isSame(current, negotiation)) return;
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

/** Sorts what comes from the partner: late, foreign and repeated signals go no further. */
export interface Inbox {
  enter(negotiation: Negotiation | undefined): void;
  receive(envelope: SignalEnvelope): void;
  /** Where signals of this negotiation go from now on, those that came early first. */
  deliverTo(negotiation: Negotiation, deliver: (signal: Signal) => void): void;
  /** How many signals of the present negotiation have come; undefined without one. */
  received(): { readonly generation: number; readonly count: number } | undefined;
}

export function createInbox(): Inbox {
  let current: Negotiation | undefined;
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
      if (isSame(current, negotiation)) return;
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
      if (!isSame(current, negotiation)) return;
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
