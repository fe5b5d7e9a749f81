import { BYE_POLICY, ERROR_POLICY, type ErrorBody, type ServerBody } from "@serendip/protocol";
import { backoffMs } from "@serendip/time";
import type { ChatError } from "../chat-error.ts";
import {
  CLOSED_LINK,
  LINK_RULES,
  type LinkEvent,
  type LinkState,
  type LinkStep,
  liveId,
} from "./link-state.ts";
import { refreshed, refreshFailed, refreshInTime } from "./link-token.ts";
import { PROBLEMS } from "./problems.ts";
import { planRefresh } from "./token-refresh.ts";

/** The moment of an event: the clock's reading, and a number uniform in [0, 1). */
export interface LinkMoment {
  readonly now: number;
  readonly random: number;
  /** Whether a call depends on the connection coming back soon. */
  readonly inCall?: boolean;
  /** Whether a call's media is interrupted. */
  readonly urgent?: boolean;
}

/** The reconnect policy: at most one attempt or connection at any time, and no state without a way on. */
export function reduceLink(state: LinkState, event: LinkEvent, moment: LinkMoment): LinkStep {
  if ("id" in event && event.id !== liveId(state.at)) return { state, effects: [] };
  switch (event.type) {
    case "open":
      return open(state, event.force, moment);
    case "close":
      return rest(state, { ...CLOSED_LINK, lastId: state.lastId });
    case "attempt-failed":
      return failed(state, moment);
    case "identity-refused":
      return renew(state, moment);
    case "hello-refused":
      return refused(state, event.error, moment);
    case "welcomed":
      return welcomed(state, event, moment);
    case "lost":
      return lost(state, moment);
    case "bye":
      return bye(state, event.bye, moment);
    case "unanswered":
      return attempt(state, moment, { number: 1, force: false });
    case "hurry":
      return hurry(state, moment);
    case "reached":
      return reached(state, moment);
    case "resync":
      return state.at.name === "online" ? again(state, moment) : { state, effects: [] };
    case "promising":
      return state.at.name === "waiting" || state.at.name === "offline"
        ? attempt(state, moment, { number: 1, force: state.at.force })
        : { state, effects: [] };
    case "retry-now":
      return retryNow(state, moment);
    case "token-refreshed":
      return refreshed(state, event.expiresInMs, moment);
    case "refresh-failed":
      return refreshFailed(state, moment.now);
    case "tick":
      return tick(state, moment);
  }
}

function attempt(
  state: LinkState,
  { now, urgent = false }: LinkMoment,
  options: {
    readonly number: number;
    readonly force: boolean;
    readonly renew?: boolean;
    readonly prompted?: boolean;
  },
): LinkStep {
  const id = state.lastId + 1;
  const { force, renew = false, prompted = false } = options;
  const dropped = dropLive(state);
  return {
    state: {
      ...state,
      lastId: id,
      attempts: state.attempts + 1,
      renewed: state.renewed || renew,
      at: {
        name: "connecting",
        id,
        attempt: options.number,
        since: now,
        until: now + (urgent ? urgentMs(state) : LINK_RULES.attemptMs),
        force,
        ...(prompted ? { prompted } : {}),
      },
    },
    effects: [...dropped, { type: "attempt", id, force, renew, urgent }],
  };
}

/** Twice what it took before: a slow network must not be given up each time just before the answer. */
function urgentMs({ tookMs }: LinkState): number {
  const { attemptMs, longestMs } = LINK_RULES.urgent;
  return Math.min(Math.max(attemptMs, 2 * tookMs), longestMs);
}

/** Into a state in which nothing is open. */
function rest(from: LinkState, to: LinkState): LinkStep {
  return { state: to, effects: dropLive(from) };
}

function dropLive(state: LinkState): LinkStep["effects"] {
  const id = liveId(state.at);
  return id === undefined ? [] : [{ type: "abandon", id }];
}

function open(state: LinkState, force: boolean, moment: LinkMoment): LinkStep {
  const { at } = state;
  if (at.name === "closed" || at.name === "refused" || force)
    return attempt({ ...state, renewed: false }, moment, { number: 1, force });
  return { state, effects: [] };
}

/** What was planned or begun without haste is too slow now. */
function hurry(state: LinkState, moment: LinkMoment): LinkStep {
  const { at } = state;
  const { now } = moment;
  if (at.name === "waiting" || at.name === "offline")
    return at.retryAt <= now + LINK_RULES.urgent.lastMs
      ? { state, effects: [] }
      : attempt(state, moment, { number: at.attempt, force: at.force });
  if (at.name !== "connecting") return { state, effects: [] };
  return {
    state: { ...state, at: { ...at, until: Math.min(at.until, now + urgentMs(state)) } },
    effects: [],
  };
}

/** The packets of an attempt that was begun while the network was cut are lost; a new one is heard at once. */
function reached(state: LinkState, moment: LinkMoment): LinkStep {
  const { at, tookMs } = state;
  const { now, urgent = false } = moment;
  const { unheardMs, longestUnheardMs } = LINK_RULES.urgent;
  const slowMs = Math.min(Math.max(unheardMs, 2 * tookMs), longestUnheardMs);
  // One that renews the token has been answered before.
  const unheard = at.name === "connecting" && !at.prompted && !state.renewed && now - at.since >= slowMs;
  const pausing = at.name === "waiting" && !at.firm;
  if (!urgent || !(unheard || pausing)) return { state, effects: [] };
  return attempt(state, moment, { number: at.attempt, force: at.force, prompted: true });
}

function retryNow(state: LinkState, moment: LinkMoment): LinkStep {
  const { at } = state;
  if (at.name === "refused")
    return attempt({ ...state, renewed: false }, moment, { number: 1, force: false });
  if (at.name === "waiting" || at.name === "offline")
    return attempt(state, moment, { number: 1, force: at.force });
  return { state, effects: [] };
}

/** The pause after an attempt that came to nothing, and at least `pauseMs`. */
function failed(before: LinkState, moment: LinkMoment, pauseMs = 0): LinkStep {
  const { now, random, inCall = false, urgent = false } = moment;
  const state = { ...before, troubled: true };
  const { at } = state;
  const number = at.name === "connecting" || at.name === "online" ? at.attempt : 1;
  const force = at.name === "connecting" && at.force;
  const prompted = at.name === "connecting" && at.prompted === true;
  const firm = prompted || pauseMs > 0 ? { firm: true } : {};
  if (urgent) {
    const { firstMs, lastMs } = LINK_RULES.urgent;
    const shortMs = Math.max(firstMs + random * (lastMs - firstMs), pauseMs);
    const retryAt = now + Math.round(shortMs);
    return rest(state, { ...state, at: { name: "waiting", attempt: number, retryAt, force, ...firm } });
  }
  if (number >= LINK_RULES.fastAttempts) {
    const { firstMs, lastMs } = inCall ? LINK_RULES.slowInCall : LINK_RULES.slow;
    const slowMs = Math.max(firstMs + random * (lastMs - firstMs), pauseMs);
    const retryAt = now + Math.round(slowMs);
    return rest(state, { ...state, at: { name: "offline", attempt: number + 1, retryAt, force } });
  }
  const retryAt = now + Math.max(backoffMs(LINK_RULES.backoff, number, random), pauseMs);
  return rest(state, { ...state, at: { name: "waiting", attempt: number + 1, retryAt, force, ...firm } });
}

function refused(state: LinkState, error: ErrorBody, moment: LinkMoment): LinkStep {
  switch (ERROR_POLICY[error.code].reaction) {
    case "renew":
      return renew(state, moment);
    case "reload":
      return final(state, PROBLEMS.versionMismatch, error);
    case "stop":
      return rest(state, { ...state, at: { name: "superseded" } });
    case "fix":
      return final(state, PROBLEMS.protocolFault, error);
    case "retry":
    case "resync":
    case "ignore":
      return failed(state, moment, error.retryAfterMs);
  }
}

function renew(state: LinkState, moment: LinkMoment): LinkStep {
  const { at } = state;
  if (at.name !== "connecting") return { state, effects: [] };
  if (state.renewed) return final(state, PROBLEMS.identityRefused);
  return attempt(state, moment, { number: at.attempt, force: at.force, renew: true });
}

function final(state: LinkState, error: ChatError, cause?: ErrorBody): LinkStep {
  const withCause = cause === undefined ? error : { ...error, cause };
  return rest(state, { ...state, at: { name: "refused", error: withCause } });
}

function welcomed(
  state: LinkState,
  event: { readonly tokenExpiresInMs: number; readonly retryWindowMs: number },
  { now, random }: LinkMoment,
): LinkStep {
  const { at } = state;
  if (at.name !== "connecting") return { state, effects: [] };
  const token = planRefresh({
    now,
    expiresInMs: event.tokenExpiresInMs,
    refreshedAt: state.refreshedAt,
    random,
  });
  return {
    state: {
      ...state,
      renewed: false,
      // One that survived a cut says nothing about the network as it is.
      tookMs: state.troubled && !at.prompted ? state.tookMs : now - at.since,
      troubled: false,
      retryWindowMs: event.retryWindowMs,
      at: { name: "online", id: at.id, attempt: at.attempt, since: now, token },
    },
    effects: [],
  };
}

function isStable(state: LinkState, now: number): boolean {
  return state.at.name === "online" && now - state.at.since >= LINK_RULES.stableMs;
}

function lost(state: LinkState, moment: LinkMoment): LinkStep {
  if (moment.urgent || !isStable(state, moment.now)) return failed(state, moment);
  const retryAt = moment.now + Math.round(moment.random * state.retryWindowMs);
  return rest(state, { ...state, at: { name: "waiting", attempt: 1, retryAt, force: false } });
}

/** Says hello again, at once when the connection was a stable one. */
function again(state: LinkState, moment: LinkMoment): LinkStep {
  return isStable(state, moment.now)
    ? attempt(state, moment, { number: 1, force: false })
    : failed(state, moment);
}

function bye(state: LinkState, body: ServerBody<"bye">, moment: LinkMoment): LinkStep {
  switch (BYE_POLICY[body.code].reconnect) {
    case "no":
      return rest(state, { ...state, at: { name: "superseded" } });
    case "now":
      return again(state, moment);
    case "after": {
      const pauseMs = body.delayMs ?? LINK_RULES.backoff.firstMs;
      if (!isStable(state, moment.now)) return failed(state, moment, pauseMs);
      const retryAt = moment.now + pauseMs + Math.round(moment.random * state.retryWindowMs);
      return rest(state, {
        ...state,
        at: { name: "waiting", attempt: 1, retryAt, force: false, firm: true },
      });
    }
  }
}

function tick(state: LinkState, moment: LinkMoment): LinkStep {
  const { now } = moment;
  const { at } = state;
  switch (at.name) {
    case "connecting":
      return at.until <= now ? failed(state, moment) : { state, effects: [] };
    case "waiting":
    case "offline":
      return at.retryAt <= now
        ? attempt(state, moment, { number: at.attempt, force: at.force })
        : { state, effects: [] };
    case "online":
      return refreshInTime(state, now);
    case "closed":
    case "superseded":
    case "refused":
      return { state, effects: [] };
  }
}
