import { type ErrorCode, LIMITS, type SignalEnvelope } from "@serendip/protocol";

/** The signals of one sender in one generation of a room (SPEC R3, R6, R12). */
export interface Lane {
  /**
   * The number of the next signal; undefined where a restart of the server has forgotten it, so that the first number seen
   * counts.
   */
  next: number | undefined;
  /** Candidates since the last description. */
  candidates: number;
  descriptions: number;
  /** Of the descriptions. */
  offers: number;
  answers: number;
  /** Requests for an ICE restart. */
  restarts: number;
  /** Until then the sender was told to wait, and what comes nevertheless is refused in the same words. */
  waitUntil: number;
  waiting: SignalEnvelope[];
  waitingBytes: number;
}

/** @param start `resumed`: the generation is older than this server, so its first numbers are not known. */
export function openLane(start: "fresh" | "resumed"): Lane {
  return {
    next: start === "fresh" ? 1 : undefined,
    candidates: 0,
    descriptions: 0,
    offers: 0,
    answers: 0,
    restarts: 0,
    waitUntil: 0,
    waiting: [],
    waitingBytes: 0,
  };
}

export type Admission =
  | { readonly kind: "next" | "repeated" }
  | { readonly kind: "refused"; readonly code: ErrorCode };

/** Whether a signal is the next of its lane. Changes nothing. */
export function admit(lane: Lane, envelope: SignalEnvelope): Admission {
  if (lane.next !== undefined) {
    if (envelope.sequence < lane.next) return { kind: "repeated" };
    if (envelope.sequence > lane.next) return { kind: "refused", code: "bad_sequence" };
  }
  return exceeds(lane, envelope) ? { kind: "refused", code: "too_large" } : { kind: "next" };
}

function exceeds(lane: Lane, { signal }: SignalEnvelope): boolean {
  switch (signal.kind) {
    case "candidate":
      return lane.candidates >= LIMITS.candidatesPerDescription;
    case "restart":
      // Each request asks for one offer, so there need be no more requests than offers.
      return lane.restarts >= LIMITS.descriptionsPerGeneration;
    case "offer":
    case "answer":
      return lane.descriptions >= LIMITS.descriptionsPerGeneration;
  }
}

/** Counts an admitted signal. */
export function advance(lane: Lane, envelope: SignalEnvelope): void {
  lane.next = envelope.sequence + 1;
  const { kind } = envelope.signal;
  if (kind === "candidate") lane.candidates += 1;
  else if (kind === "restart") lane.restarts += 1;
  else {
    lane.candidates = 0;
    lane.descriptions += 1;
    if (kind === "offer") lane.offers += 1;
    else lane.answers += 1;
  }
}

/**
 * As what a signal counts for its sender (SPEC R17); undefined: for nothing, because a generation or an offer of the partner had to
 * be there first, and these are counted.
 *
 * @param opposite the partner's lane in the same generation.
 */
export function countedAs(
  lane: Lane,
  opposite: Lane | undefined,
  { signal: { kind } }: SignalEnvelope,
): "restarts" | "candidates" | undefined {
  if (kind === "candidate") return "candidates";
  if (kind === "restart") return "restarts";
  const isAwaited = kind === "answer" && lane.answers < (opposite?.offers ?? 0);
  return isAwaited || lane.descriptions === 0 ? undefined : "restarts";
}

const utf8 = new TextEncoder();

/** What a signal takes on the wire: a character of it may be six there, where JSON has to escape it. */
export const bytesOf = (envelope: SignalEnvelope): number => utf8.encode(JSON.stringify(envelope)).length;

/** Keeps an admitted signal for a partner who is away; false when it does not fit. */
export function keep(lane: Lane, envelope: SignalEnvelope): boolean {
  const bytes = bytesOf(envelope);
  if (lane.waiting.length >= LIMITS.bufferedSignals) return false;
  if (lane.waitingBytes + bytes > LIMITS.bufferedBytes) return false;
  lane.waiting.push(envelope);
  lane.waitingBytes += bytes;
  return true;
}

/** Takes out what was kept, in order. */
export function drain(lane: Lane): readonly SignalEnvelope[] {
  const waiting = lane.waiting;
  lane.waiting = [];
  lane.waitingBytes = 0;
  return waiting;
}
