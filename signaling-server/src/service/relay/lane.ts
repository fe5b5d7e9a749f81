import {
  descriptionFault,
  type ErrorCode,
  LIMITS,
  type SignalEnvelope,
  signalTextOf,
} from "@serendip/protocol";

/** A number without which what comes behind it cannot be taken. */
interface Hole {
  readonly sequence: number;
  /** Of the sender, when the hole was found. */
  readonly epoch: number;
  /** The sender was told to send it again then; undefined: it is not known what has become of it. */
  readonly until: number | undefined;
}

/** The signals of one sender in one generation of a room (SPEC R3, R6, R12). */
export interface Lane {
  /**
   * The number of the next signal; undefined where a restart of the server has forgotten it, so that the first number seen
   * counts.
   */
  next: number | undefined;
  /** The highest number that has gone into the partner's connection; 0: none. */
  told: number;
  /** Of no meaning any more once its number is there. */
  hole: Hole | undefined;
  /** Candidates since the last description. */
  candidates: number;
  descriptions: number;
  /** Of the descriptions. */
  offers: number;
  answers: number;
  /** Requests for an ICE restart. */
  restarts: number;
  waiting: SignalEnvelope[];
  waitingBytes: number;
}

/** @param start `resumed`: the generation is older than this server, so its first numbers are not known. */
export function openLane(start: "fresh" | "resumed"): Lane {
  return {
    next: start === "fresh" ? 1 : undefined,
    told: 0,
    hole: undefined,
    candidates: 0,
    descriptions: 0,
    offers: 0,
    answers: 0,
    restarts: 0,
    waiting: [],
    waitingBytes: 0,
  };
}

/** Whether a signal has the next number of its lane, an older one, or one behind a hole. */
export function placeOf({ next }: Lane, { sequence }: SignalEnvelope): "next" | "repeated" | "behind" {
  if (next === undefined || sequence === next) return "next";
  return sequence < next ? "repeated" : "behind";
}

/** The hole before what comes next, if there is one. */
export const holeIn = ({ hole, next }: Lane): Hole | undefined =>
  hole?.sequence === next ? hole : undefined;

/** Why a signal can never pass (SPEC R12), however long its sender waits; undefined where it can. */
export function neverPasses(lane: Lane, { signal }: SignalEnvelope): ErrorCode | undefined {
  switch (signal.kind) {
    case "candidate":
      return lane.candidates >= LIMITS.candidatesPerDescription ? "too_large" : undefined;
    case "restart":
      // Each request asks for one offer, so there need be no more requests than offers.
      return lane.restarts >= LIMITS.descriptionsPerGeneration ? "too_large" : undefined;
    case "offer":
    case "answer": {
      const fault = descriptionFault(signal);
      if (fault === "not-ascii") return "bad_request";
      return fault || lane.descriptions >= LIMITS.descriptionsPerGeneration ? "too_large" : undefined;
    }
  }
}

/** The number of a signal that never passes is used up, so that no hole is left before what comes after it. */
export function skip(lane: Lane, { sequence }: SignalEnvelope): void {
  lane.next = sequence + 1;
}

/** Counts a signal that passes. */
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

/**
 * What a signal takes on the wire: a character of it may be six there, where JSON has to escape it. The text of one that has a text is
 * its JSON, with one byte for each character (SPEC W20).
 */
export const bytesOf = (envelope: SignalEnvelope): number =>
  signalTextOf(envelope)?.length ?? Buffer.byteLength(JSON.stringify(envelope));

/**
 * Keeps an admitted signal for a partner who is away; false when it does not fit.
 *
 * @param bytes what it takes once it is delivered.
 */
export function keep(lane: Lane, envelope: SignalEnvelope, bytes: number): boolean {
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
