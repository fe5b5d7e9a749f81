import { backoffMs } from "@serendip/time";
import { triedBoth } from "./lines.machine.ts";
import {
  type HoldReason,
  liveId,
  SIGNALING_RULES,
  type SignalingState,
  type SignalingStep,
  successorId,
} from "./signaling-state.machine.ts";
import { cameToNothing, didNotWork } from "./ways.machine.ts";

/** The moment of an event: the clock's reading, and a number uniform in [0, 1). */
export interface SignalingMoment {
  readonly now: number;
  readonly random: number;
  /** Whether a call depends on the connection coming back soon. */
  readonly inCall?: boolean;
  /** Whether a call's media is interrupted. */
  readonly urgent?: boolean;
}

/** The one place where an attempt begins: before the service wants it none does. */
export function attempt(
  state: SignalingState,
  { now, urgent = false }: SignalingMoment,
  options: {
    readonly number: number;
    readonly force: boolean;
    readonly renew?: boolean;
    readonly prompted?: boolean;
    readonly anew?: number;
  },
): SignalingStep {
  const id = state.lastId + 1;
  const { number, force, renew = false, prompted = false, anew } = options;
  if (state.held && now < state.held.until) {
    const retryAt = state.held.until;
    return rest(state, {
      ...state,
      at: { name: "waiting", attempt: number, retryAt, force, firm: true },
    });
  }
  const dropped = dropLive(state);
  return {
    state: {
      ...state,
      lastId: id,
      begunAt: now,
      fastUntil: number === 1 ? now + SIGNALING_RULES.fast.forMs : state.fastUntil,
      attempts: state.attempts + 1,
      renewed: state.renewed || renew,
      at: {
        name: "connecting",
        id,
        attempt: number,
        since: now,
        until: now + (urgent ? urgentMs(state) : SIGNALING_RULES.attemptMs),
        force,
        ...(prompted ? { prompted } : {}),
        ...(anew === undefined ? {} : { anew }),
      },
    },
    effects: [...dropped, { type: "attempt", id, force, renew, urgent }],
  };
}

/** Twice what it took before: a slow network must not be given up each time just before the answer. */
export function urgentMs({ tookMs }: SignalingState): number {
  const { attemptMs, longestMs } = SIGNALING_RULES.urgent;
  return Math.min(Math.max(attemptMs, 2 * tookMs), longestMs);
}

/** Into a state in which nothing is open. */
export function rest(from: SignalingState, to: SignalingState): SignalingStep {
  return { state: to, effects: dropLive(from) };
}

function dropLive(state: SignalingState): SignalingStep["effects"] {
  return [successorId(state.at), liveId(state.at)].flatMap((id) =>
    id === undefined ? [] : [{ type: "abandon", id } as const],
  );
}

/** The service wants no attempt for `forMs`; undefined: it does not say for how long. */
export function holdBack(
  state: SignalingState,
  why: HoldReason,
  { now, random }: SignalingMoment,
  forMs: number = SIGNALING_RULES.unsaidMs,
): SignalingState {
  const spread = why === "full" ? 1 + random * SIGNALING_RULES.fullSpread : 1;
  return { ...state, held: { until: now + Math.ceil(forMs * spread), why } };
}

/** A wish of the service that is not over. */
export function heldStill({ held }: SignalingState, { now }: SignalingMoment): SignalingState["held"] {
  return held && held.until > now ? held : undefined;
}

/** The pause after an attempt that came to nothing, and at least `leastMs`. */
export function failed(before: SignalingState, moment: SignalingMoment, leastMs = 0): SignalingStep {
  const { now, random, urgent = false } = moment;
  const state = { ...inVain(before), held: heldStill(before, moment) };
  const pauseMs = Math.max(leastMs, (state.held?.until ?? 0) - now);
  const { at } = state;
  const number = at.name === "connecting" || at.name === "online" ? at.attempt : 1;
  const force = at.name === "connecting" && at.force;
  const prompted = at.name === "connecting" && at.prompted === true;
  const firm = prompted || pauseMs > 0 ? { firm: true } : {};
  if (urgent) {
    const { firstMs, lastMs } = SIGNALING_RULES.urgent;
    const shortMs = Math.max(firstMs + random * (lastMs - firstMs), pauseMs);
    const retryAt = now + Math.round(shortMs);
    return rest(state, { ...state, at: { name: "waiting", attempt: number, retryAt, force, ...firm } });
  }
  const isLong = number >= SIGNALING_RULES.fast.attempts && now >= state.fastUntil;
  if (isLong) return slowly(state, moment, { number, force, pauseMs });
  const retryAt = now + Math.max(backoffMs(SIGNALING_RULES.backoff, number, random), pauseMs);
  return rest(state, { ...state, at: { name: "waiting", attempt: number + 1, retryAt, force, ...firm } });
}

/** The next attempt comes in the slow lane. */
export function slowly(
  state: SignalingState,
  { now, random, inCall = false }: SignalingMoment,
  {
    number = SIGNALING_RULES.fast.attempts,
    force = false,
    pauseMs = 0,
  }: { readonly number?: number; readonly force?: boolean; readonly pauseMs?: number } = {},
): SignalingStep {
  const { firstMs, lastMs } = inCall ? SIGNALING_RULES.slowInCall : SIGNALING_RULES.slow;
  const slowMs = Math.max(firstMs + random * (lastMs - firstMs), pauseMs);
  const retryAt = now + Math.round(slowMs);
  return rest(state, { ...state, at: { name: "offline", attempt: number + 1, retryAt, force } });
}

export function isStable(state: SignalingState, now: number): boolean {
  return state.at.name === "online" && now - state.at.since >= SIGNALING_RULES.stableMs;
}

/** Says hello again, at once when the connection was a stable one. */
export function again(state: SignalingState, moment: SignalingMoment): SignalingStep {
  return isStable(state, moment.now)
    ? attempt(state, moment, { number: 1, force: false })
    : failed(state, moment);
}

/** What an attempt that came to nothing says about the ways. */
function inVain(state: SignalingState): SignalingState {
  const { at } = state;
  const lines = at.name === "connecting" ? at.lines : undefined;
  if (!lines?.greets || !state.ways) return { ...state, troubled: true };
  // It was open, and was closed before an answer: the next attempt goes the other way.
  const cutOff = lines.front === "websocket" && lines.isOpen && !triedBoth(lines);
  // Nobody has shown that the service was there at all.
  const isAway = at.name === "connecting" && at.kept === true;
  return {
    ...state,
    troubled: true,
    ways: cutOff ? didNotWork(state.ways, lines.front) : cameToNothing(state.ways),
    bothFailed: state.bothFailed || (triedBoth(lines) && !isAway),
  };
}
