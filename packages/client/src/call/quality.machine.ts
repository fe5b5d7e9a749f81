import type { CandidateType } from "@serendip/protocol";
import type { CallQuality, QualityLevel } from "../words/chat-snapshot.ts";

/** What the quality of a call is judged by: counters since the connection's start. Undefined: not known, see `PeerReading`. */
export interface QualityCounters {
  readonly bytesReceived: number | undefined;
  readonly bytesSent: number | undefined;
  readonly bytesOf: string | undefined;
  readonly packetsReceived: number | undefined;
  readonly packetsLost: number | undefined;
  readonly framesDecoded: number | undefined;
  readonly roundTripMs: number | undefined;
  readonly route: { readonly local: CandidateType; readonly remote: CandidateType } | undefined;
}

/** What the partner says to send: without a camera no picture can freeze, without anything nothing can stall. */
export interface Expected {
  readonly picture: boolean;
  readonly sound: boolean;
}

interface Sample extends QualityCounters {
  readonly at: number;
}

/** What is known of a call's quality so far. */
export interface QualityState {
  /** Those of the last `WINDOW_MS`, the newest last, and the one before them. */
  readonly samples: readonly Sample[];
  readonly level: QualityLevel;
  readonly changedAt: number;
  /** Samples in a row that speak against the level. */
  readonly against: number;
  readonly roundTripMs: number | undefined;
  /** When bytes came last, or nobody could say that none did. */
  readonly bytesAt: number;
  /** When the picture moved last, none was due, or nobody could say that it did not. */
  readonly pictureAt: number;
}

export const WINDOW_MS = 5_000;
export const STALLED_MS = 2_000;
/** Between two changes of the level, other than to and from stalled. */
export const HOLD_MS = 3_000;
const POOR_LOSS_PERCENT = 5;
const POOR_ROUND_TRIP_MS = 400;
/** Fewer packets say nothing about a share of them. */
const FEW_PACKETS = 20;
const SAMPLES_TO_WORSE = 2;
const SAMPLES_TO_BETTER = 4;
/** A round trip that stays is believed to two thirds after this time. */
const SMOOTHING_MS = 3_000;

/** The state after another reading at `now`; `state` is undefined before the first one. */
export function observeQuality(
  state: QualityState | undefined,
  counters: QualityCounters,
  expected: Expected,
  now: number,
): QualityState {
  const sample: Sample = { ...counters, at: now };
  const last = state?.samples.at(-1);
  if (!state || !last || isReset(counters, last))
    return {
      samples: [sample],
      level: state?.level ?? "good",
      changedAt: state?.changedAt ?? Number.NEGATIVE_INFINITY,
      against: 0,
      roundTripMs: counters.roundTripMs,
      bytesAt: now,
      pictureAt: now,
    };
  // Before the first frame there is a picture that has yet to come, not one that froze.
  const pictureDue = expected.picture && last.framesDecoded !== undefined && last.framesDecoded > 0;
  const frozen = pictureDue && grown(last.framesDecoded, counters.framesDecoded) === 0;
  const silent = grownBytes(last, counters, "bytesReceived") === 0;
  const observed: QualityState = {
    ...state,
    samples: withinWindow([...state.samples, sample], now),
    roundTripMs: smoothed(state.roundTripMs, counters.roundTripMs, now - last.at),
    bytesAt: silent ? state.bytesAt : now,
    pictureAt: frozen ? state.pictureAt : now,
  };
  return withLevel(observed, verdictOf(observed, expected, now), now);
}

/** Undefined before there are two readings to compare. */
export function qualityOf({ samples, level, roundTripMs }: QualityState): CallQuality | undefined {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last || last.at <= first.at) return undefined;
  const loss = lossOf(samples);
  return {
    level,
    lossPercent: loss === undefined ? undefined : Math.round(loss * 10) / 10,
    roundTripMs: roundTripMs === undefined ? undefined : Math.round(roundTripMs),
    inKbps: kbps(samples, "bytesReceived"),
    outKbps: kbps(samples, "bytesSent"),
    route:
      last.route && (last.route.local === "relay" || last.route.remote === "relay" ? "relayed" : "direct"),
  };
}

function verdictOf(state: QualityState, expected: Expected, now: number): QualityLevel {
  if ((expected.picture || expected.sound) && now - state.bytesAt >= STALLED_MS) return "stalled";
  const frozen = now - state.pictureAt >= STALLED_MS;
  const slow = (state.roundTripMs ?? 0) >= POOR_ROUND_TRIP_MS;
  return frozen || slow || (lossOf(state.samples) ?? 0) >= POOR_LOSS_PERCENT ? "poor" : "good";
}

/** A stall is said at once and so is its end; between good and poor nothing changes quickly. */
function withLevel(state: QualityState, verdict: QualityLevel, now: number): QualityState {
  const { level } = state;
  const change = (to: QualityLevel): QualityState => ({
    ...state,
    level: to,
    changedAt: now,
    against: verdict === to ? 0 : 1,
  });
  if (verdict === level) return { ...state, against: 0 };
  if (verdict === "stalled") return change("stalled");
  if (level === "stalled") return change("poor");
  const against = state.against + 1;
  const enough = against >= (verdict === "poor" ? SAMPLES_TO_WORSE : SAMPLES_TO_BETTER);
  return enough && now - state.changedAt >= HOLD_MS ? change(verdict) : { ...state, against };
}

/** Another connection counts from the beginning: nothing can be compared across it. */
function isReset(next: QualityCounters, last: QualityCounters): boolean {
  return [
    grownBytes(last, next, "bytesReceived"),
    grownBytes(last, next, "bytesSent"),
    grown(last.packetsReceived, next.packetsReceived),
    grown(last.framesDecoded, next.framesDecoded),
  ].some((by) => by !== undefined && by < 0);
}

/** By how much a counter has grown; undefined where one of the two readings does not say. */
function grown(before: number | undefined, after: number | undefined): number | undefined {
  return before === undefined || after === undefined ? undefined : after - before;
}

type Bytes = "bytesReceived" | "bytesSent";

const grownBytes = (before: QualityCounters, after: QualityCounters, of: Bytes): number | undefined =>
  before.bytesOf === after.bytesOf ? grown(before[of], after[of]) : undefined;

/** The newest sample that is older than the window stays, so that the whole window is covered. */
function withinWindow(samples: readonly Sample[], now: number): readonly Sample[] {
  const inside = samples.findIndex(({ at }) => now - at < WINDOW_MS);
  return samples.slice(Math.max(0, inside - 1));
}

// Packets that come late after all are taken back from those lost (RFC 3550 section 6.4.1), so that the count can go down.
function lossOf(samples: readonly Sample[]): number | undefined {
  const first = samples.find(
    ({ packetsLost, packetsReceived }) => packetsLost !== undefined && packetsReceived !== undefined,
  );
  const last = samples.at(-1);
  const missing = grown(first?.packetsLost, last?.packetsLost);
  const received = grown(first?.packetsReceived, last?.packetsReceived);
  if (missing === undefined || received === undefined) return undefined;
  const lost = Math.max(0, missing);
  const sent = lost + received;
  return sent < FEW_PACKETS ? 0 : (lost / sent) * 100;
}

function smoothed(before: number | undefined, next: number | undefined, elapsedMs: number) {
  if (before === undefined || next === undefined) return next ?? before;
  return before + (next - before) * (1 - Math.exp(-elapsedMs / SMOOTHING_MS));
}

/** Kilobits per second, as far back as one counter goes. */
function kbps(samples: readonly Sample[], of: Bytes): number | undefined {
  const last = samples.at(-1);
  const first = samples.find((sample) => last && grownBytes(sample, last, of) !== undefined);
  const bytes = first && last && grownBytes(first, last, of);
  return bytes === undefined || !first || !last || last.at <= first.at
    ? undefined
    : Math.round((bytes * 8) / (last.at - first.at));
}
