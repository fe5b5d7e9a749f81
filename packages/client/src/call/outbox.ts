import { LIMITS, type Signal, type SignalEnvelope } from "@serendip/protocol";
import {
  type Allowance,
  type Clock,
  createBudget,
  deadlineTimer,
  type Remainder,
  spend,
} from "@serendip/time";
import { isSameNegotiation, type NegotiationId } from "../words/room-ref.ts";

/** Numbers what goes to the partner and keeps it until the server has it (SPEC R3). */
export interface Outbox {
  /** Starts at 1 again for a new negotiation; what was kept for another one is forgotten. */
  enter(negotiation: NegotiationId | undefined): void;
  /** Undefined when there is nobody to send it to, or the candidates of the description or the minute are used up. */
  add(signal: Signal): SignalEnvelope | undefined;
  /** Sends what has not been sent, in order, as far as the page's own pace allows; the rest follows by itself (SPEC B13). */
  flush(): void;
  /** Sends all that is kept again: the server may have nothing of it. */
  resend(): void;
  /** The server has it, or has no use for it. */
  settle(envelope: SignalEnvelope): void;
  /** In order; to be sent again after a reconnect. A repeated one is dropped by the server. */
  unsettled(): readonly SignalEnvelope[];
  /** The server asks for a pause (SPEC R17): nothing is sent until then, and afterwards all that is kept. */
  pause(forMs: number): void;
  paused(): boolean;
}

/** Half of what the server takes of a person, so that this page is never the one that is told to wait (SPEC R17). */
const CANDIDATES: Allowance = {
  burst: LIMITS.perMinute.candidates / 2,
  perSecond: LIMITS.perMinute.candidates / 2 / 60,
};

/**
 * How fast signals go out at most: more than a call's set-up has, and less than the server takes of a person, so that it need not
 * refuse what this page gathers (SPEC B13).
 */
export const SIGNAL_PACE: Allowance = { burst: 300, perSecond: 40 };

export function createOutbox(options: {
  readonly clock: Clock;
  /** Sends a signal that is kept. */
  readonly send: (envelope: SignalEnvelope) => void;
}): Outbox {
  const { clock, send } = options;
  const allCandidates = createBudget(CANDIDATES);
  let pausedUntil: number | undefined;
  let left: Remainder | undefined;
  /** The newest number that has gone out; those before it have, too. */
  let sent = 0;
  const timer = deadlineTimer(clock, () => {
    if (pausedUntil !== undefined) sent = 0;
    pausedUntil = undefined;
    flush();
  });

  function flush(): void {
    if (pausedUntil !== undefined) return;
    const now = clock.now();
    for (const envelope of kept.filter(({ sequence }) => sequence > sent)) {
      const spent = spend(left, { amount: 1, now, allowance: SIGNAL_PACE });
      left = spent.remainder;
      if (!spent.ok) {
        timer.pointAt(now + spent.waitMs);
        return;
      }
      sent = envelope.sequence;
      send(envelope);
    }
  }

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
      sent = 0;
      pausedUntil = undefined;
      timer.pointAt(undefined);
    },
    add(signal) {
      if (!current) return undefined;
      if (signal.kind === "candidate") {
        candidates += 1;
        if (candidates > LIMITS.candidatesPerDescription || !allCandidates.spend(1, clock.now()))
          return undefined;
      } else candidates = 0;
      sequence += 1;
      const { roomId, generation } = current;
      const envelope = { roomId, generation, sequence, signal };
      kept = [...kept, envelope];
      return envelope;
    },
    flush,
    resend() {
      sent = 0;
      flush();
    },
    settle(envelope) {
      kept = kept.filter((other) => other !== envelope);
    },
    unsettled: () => kept,
    pause(forMs) {
      if (!current) return;
      pausedUntil = Math.max(pausedUntil ?? 0, clock.now() + forMs);
      timer.pointAt(pausedUntil);
    },
    paused: () => pausedUntil !== undefined,
  };
}
