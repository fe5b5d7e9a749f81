import { BYE_POLICY, ERROR_POLICY, type ErrorBody, type ServerBody } from "@serendip/protocol";
import type { ChatError } from "../words/chat-error.ts";
import { PROBLEMS } from "../words/problems.ts";
import {
  again,
  attempt,
  failed,
  isStable,
  type LinkMoment,
  rest,
  slowly,
  urgentMs,
} from "./link-moves.machine.ts";
import {
  CLOSED_LINK,
  LINK_RULES,
  type LinkEvent,
  type LinkState,
  type LinkStep,
  liveId,
} from "./link-state.machine.ts";
import { refreshed, refreshFailed, refreshInTime } from "./link-token.machine.ts";
import { planRefresh } from "./token-refresh.machine.ts";

export type { LinkMoment } from "./link-moves.machine.ts";

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

function lost(state: LinkState, moment: LinkMoment): LinkStep {
  if (moment.urgent || !isStable(state, moment.now)) return failed(state, moment);
  const retryAt = moment.now + Math.round(moment.random * state.retryWindowMs);
  return rest(state, { ...state, at: { name: "waiting", attempt: 1, retryAt, force: false } });
}

function bye(state: LinkState, body: ServerBody<"bye">, moment: LinkMoment): LinkStep {
  const policy = BYE_POLICY[body.code];
  switch (policy.reconnect) {
    case "no":
      return rest(state, { ...state, at: { name: "superseded" } });
    case "now":
      if ("atMost" in policy) return takeBack(state, policy.atMost, moment);
      return body.newestConnection === undefined ? again(state, moment) : countAnew(state, moment);
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

/**
 * Something with this tab's own memory has taken the session from the connection that this page holds: an attempt that was
 * given up, or a copy of the tab. It is taken back, but two copies must not take it from each other without end.
 */
function takeBack(
  state: LinkState,
  { times, withinMs }: { readonly times: number; readonly withinMs: number },
  moment: LinkMoment,
): LinkStep {
  const lately = state.takenBackAt.filter((at) => at > moment.now - withinMs);
  const next = { ...state, takenBackAt: [...lately, moment.now].slice(-times) };
  return lately.length < times ? again(next, moment) : slowly(next, moment);
}

/** The server has seen a newer connection of this tab; the next attempt is counted above that. */
function countAnew(state: LinkState, moment: LinkMoment): LinkStep {
  const { at } = state;
  if (at.name !== "connecting" || at.attempt >= LINK_RULES.fastAttempts) return failed(state, moment);
  return attempt(state, moment, { number: at.attempt + 1, force: at.force });
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
