import type { CandidateType } from "@serendip/protocol";
import type { CallQuality, QualityLevel } from "../words/chat-snapshot.ts";

/** What the quality of a call is judged by: counters since the connection's start. */
export interface QualityCounters {
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly packetsReceived: number;
  readonly packetsLost: number;
  readonly framesDecoded: number;
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
  /** When bytes came last. */
  readonly bytesAt: number;
  /** When the picture moved last, or none was due. */
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
  const moved = counters.framesDecoded > last.framesDecoded;
  // Before the first frame there is a picture that has yet to come, not one that froze.
  const pictureDue = expected.picture && last.framesDecoded > 0;
  const observed: QualityState = {
    ...state,
    samples: withinWindow([...state.samples, sample], now),
    roundTripMs: smoothed(state.roundTripMs, counters.roundTripMs, now - last.at),
    bytesAt: counters.bytesReceived > last.bytesReceived ? now : state.bytesAt,
    pictureAt: moved || !pictureDue ? now : state.pictureAt,
  };
  return withLevel(observed, verdictOf(observed, expected, now), now);
}

/** Undefined before there are two readings to compare. */
export function qualityOf({ samples, level, roundTripMs }: QualityState): CallQuality | undefined {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last || last.at <= first.at) return undefined;
  const elapsedMs = last.at - first.at;
  return {
    level,
    lossPercent: Math.round(lossOf(samples) * 10) / 10,
    roundTripMs: roundTripMs === undefined ? undefined : Math.round(roundTripMs),
    inKbps: kbps(last.bytesReceived - first.bytesReceived, elapsedMs),
    outKbps: kbps(last.bytesSent - first.bytesSent, elapsedMs),
    route:
      last.route && (last.route.local === "relay" || last.route.remote === "relay" ? "relayed" : "direct"),
  };
}

function verdictOf(state: QualityState, expected: Expected, now: number): QualityLevel {
  if ((expected.picture || expected.sound) && now - state.bytesAt >= STALLED_MS) return "stalled";
  const frozen = now - state.pictureAt >= STALLED_MS;
  const slow = (state.roundTripMs ?? 0) >= POOR_ROUND_TRIP_MS;
  return frozen || slow || lossOf(state.samples) >= POOR_LOSS_PERCENT ? "poor" : "good";
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
  return (
    next.bytesReceived < last.bytesReceived ||
    next.bytesSent < last.bytesSent ||
    next.packetsReceived < last.packetsReceived ||
    next.framesDecoded < last.framesDecoded
  );
}

/** The newest sample that is older than the window stays, so that the whole window is covered. */
function withinWindow(samples: readonly Sample[], now: number): readonly Sample[] {
  const inside = samples.findIndex(({ at }) => now - at < WINDOW_MS);
  return samples.slice(Math.max(0, inside - 1));
}

// Packets that come late after all are taken back from those lost (RFC 3550 section 6.4.1), so that the count can go down.
function lossOf(samples: readonly Sample[]): number {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last) return 0;
  const lost = Math.max(0, last.packetsLost - first.packetsLost);
  const sent = lost + last.packetsReceived - first.packetsReceived;
  return sent < FEW_PACKETS ? 0 : (lost / sent) * 100;
}

function smoothed(before: number | undefined, next: number | undefined, elapsedMs: number) {
  if (before === undefined || next === undefined) return next ?? before;
  return before + (next - before) * (1 - Math.exp(-elapsedMs / SMOOTHING_MS));
}

/** Bytes in milliseconds, as kilobits per second. */
function kbps(bytes: number, elapsedMs: number): number {
  return Math.round((bytes * 8) / elapsedMs);
}
