import { BYE_POLICY, type ServerBody, TIMES } from "@serendip/protocol";
import { PROBLEMS } from "../words/problems.ts";
import {
  ended,
  fellSilent,
  look,
  networkChanged,
  opened,
  ready,
  remembered,
  settled,
  startTrial,
  trialFailed,
  wasClosed,
} from "./line-moves.machine.ts";
import {
  again,
  attempt,
  failed,
  heldStill,
  holdBack,
  isStable,
  rest,
  type SignalingMoment,
  slowly,
  urgentMs,
} from "./signaling-moves.machine.ts";
import { challenged, final, putOff, refused, renew, stay, timedOut } from "./signaling-refusals.machine.ts";
import {
  CLOSED_SIGNALING,
  liveId,
  reasonToHold,
  SIGNALING_RULES,
  type SignalingEvent,
  type SignalingState,
  type SignalingStep,
} from "./signaling-state.machine.ts";
import { refreshed, refreshFailed, refreshInTime } from "./signaling-token.machine.ts";
import { planRefresh } from "./token-refresh.machine.ts";

export type { SignalingMoment } from "./signaling-moves.machine.ts";

/** The reconnect policy: at most one attempt or connection at any time, and no state without a way on. */
export function reduceSignaling(
  state: SignalingState,
  event: SignalingEvent,
  moment: SignalingMoment,
): SignalingStep {
  if ("id" in event && event.id !== liveId(state.at)) return { state, effects: [] };
  switch (event.type) {
    case "open":
      return open(state, event.force, moment);
    case "close":
      return rest(state, {
        ...CLOSED_SIGNALING,
        lastId: state.lastId,
        ways: state.ways,
        held: state.held,
      });
    case "attempt-failed":
      return putOff(state, moment, event.why, event.retryAfterMs);
    case "identity-refused":
      return renew(state, moment);
    case "unanswerable":
      return final(state, event.missing ? PROBLEMS.challengeMissing : PROBLEMS.challengeFailed);
    case "challenged":
      return challenged(state, moment);
    case "hello-refused":
      return refused(state, event.error, moment);
    case "welcomed":
      return welcomed(state, event, moment);
    case "lost":
      return lost(event.end === "silent" ? fellSilent(state, moment) : wasClosed(state, moment), moment);
    case "remembered":
      return remembered(state, event.polling, moment);
    case "ready":
      return ready(state, moment, event);
    case "line-open":
      return opened(state, event.way, moment);
    case "line-closed":
      return ended(state, event.way, moment);
    case "unheard":
      return again(fellSilent(state, moment), moment);
    case "network-changed":
      return { state: networkChanged(state, moment), effects: [] };
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
      return promising(state, moment);
    case "retry-now":
      return retryNow(state, moment);
    case "token-refreshed":
      return refreshed(state, event.expiresInMs, moment);
    case "refresh-failed":
      return refreshFailed(state, moment.now, event.retryAfterMs);
    case "tick":
      return tick(state, moment);
  }
}

/** A browser may say so many times a second, and each return begins a new negotiation where the connection is lost. */
function promising(state: SignalingState, moment: SignalingMoment): SignalingStep {
  const { at, begunAt } = state;
  if (at.name !== "waiting" && at.name !== "offline") return { state, effects: [] };
  const earliest = (begunAt ?? Number.NEGATIVE_INFINITY) + TIMES.returnMs;
  if (moment.now >= earliest) return attempt(state, moment, { number: 1, force: at.force });
  const retryAt = Math.min(at.retryAt, earliest);
  return { state: { ...state, at: { name: "waiting", attempt: 1, retryAt, force: at.force } }, effects: [] };
}

function open(state: SignalingState, force: boolean, moment: SignalingMoment): SignalingStep {
  const { at } = state;
  if (at.name === "closed" || at.name === "refused" || force)
    return attempt({ ...state, renewed: false, held: heldStill(state, moment) }, moment, {
      number: 1,
      force,
    });
  return { state, effects: [] };
}

/** What was planned or begun without haste is too slow now. */
function hurry(state: SignalingState, moment: SignalingMoment): SignalingStep {
  const { at } = state;
  const { now } = moment;
  if (at.name === "waiting" || at.name === "offline")
    return at.retryAt <= now + SIGNALING_RULES.urgent.lastMs
      ? { state, effects: [] }
      : attempt(state, moment, { number: at.attempt, force: at.force });
  if (at.name !== "connecting" || at.challenged) return { state, effects: [] };
  return {
    state: { ...state, at: { ...at, until: Math.min(at.until, now + urgentMs(state)) } },
    effects: [],
  };
}

/** The packets of an attempt that was begun while the network was cut are lost; a new one is heard at once. */
function reached(state: SignalingState, moment: SignalingMoment): SignalingStep {
  const { at, tookMs } = state;
  const { now, urgent = false } = moment;
  const { unheardMs, longestUnheardMs } = SIGNALING_RULES.urgent;
  const slowMs = Math.min(Math.max(unheardMs, 2 * tookMs), longestUnheardMs);
  // One that renews the token, or was put a challenge, has been answered before.
  const answered = state.renewed || (at.name === "connecting" && at.challenged);
  const unheard = at.name === "connecting" && !at.prompted && !answered && now - at.since >= slowMs;
  const pausing = at.name === "waiting" && !at.firm;
  if (!urgent || !(unheard || pausing)) return { state, effects: [] };
  return attempt(state, moment, { number: at.attempt, force: at.force, prompted: true });
}

function retryNow(state: SignalingState, moment: SignalingMoment): SignalingStep {
  const { at } = state;
  if (at.name === "refused")
    return attempt({ ...state, renewed: false }, moment, { number: 1, force: false });
  if (at.name === "waiting" || at.name === "offline")
    return attempt(state, moment, { number: 1, force: at.force });
  return { state, effects: [] };
}

function welcomed(
  state: SignalingState,
  event: { readonly tokenExpiresInMs: number; readonly retryWindowMs: number },
  moment: SignalingMoment,
): SignalingStep {
  const { at } = state;
  const { now, random } = moment;
  if (at.name !== "connecting") return { state, effects: [] };
  const { way, ways, tookMs, effects } = settled(state, moment);
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
      tookMs: state.troubled && !at.prompted ? state.tookMs : tookMs,
      troubled: false,
      ways,
      bothFailed: false,
      held: undefined,
      retryWindowMs: event.retryWindowMs,
      at: { name: "online", id: at.id, attempt: at.attempt, since: now, token, way },
    },
    effects,
  };
}

function lost(state: SignalingState, moment: SignalingMoment): SignalingStep {
  if (moment.urgent || !isStable(state, moment.now)) return failed(state, moment);
  const retryAt = moment.now + Math.round(moment.random * state.retryWindowMs);
  return rest(state, { ...state, at: { name: "waiting", attempt: 1, retryAt, force: false } });
}

function bye(before: SignalingState, body: ServerBody<"bye">, moment: SignalingMoment): SignalingStep {
  // The token takes longer than the service waits for a hello: that ends the line, and not the attempt.
  if (body.code === "hello_timeout" && before.at.name === "connecting" && !before.at.lines?.greets)
    return before.at.lines ? ended(before, before.at.lines.front, moment) : { state: before, effects: [] };
  const policy = BYE_POLICY[body.code];
  const why = reasonToHold(body.code);
  const state = why ? holdBack(before, why, moment, body.delayMs) : before;
  switch (policy.reconnect) {
    case "no":
      return stay(state, body.code === "revoked" ? { code: body.code, message: "bye" } : undefined);
    case "now":
      if ("atMost" in policy) return takeBack(state, policy.atMost, moment);
      return body.newestConnection === undefined ? again(state, moment) : countAnew(state, moment);
    case "after": {
      const pauseMs = body.delayMs ?? SIGNALING_RULES.unsaidMs;
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
  state: SignalingState,
  { times, withinMs }: { readonly times: number; readonly withinMs: number },
  moment: SignalingMoment,
): SignalingStep {
  const lately = state.takenBackAt.filter((at) => at > moment.now - withinMs);
  const next = { ...state, takenBackAt: [...lately, moment.now].slice(-times) };
  return lately.length < times ? again(next, moment) : slowly(next, moment);
}

/**
 * The server has seen a newer connection of this tab; the next attempt is counted above that. Where that happens again and again
 * something else counts as fast as this page, and no quick attempt helps.
 */
function countAnew(state: SignalingState, moment: SignalingMoment): SignalingStep {
  const { at } = state;
  if (at.name !== "connecting") return failed(state, moment);
  const anew = (at.anew ?? 0) + 1;
  return anew < SIGNALING_RULES.fast.attempts
    ? attempt(state, moment, { number: at.attempt + 1, force: at.force, anew })
    : failed({ ...state, fastUntil: moment.now }, moment);
}

function tick(state: SignalingState, moment: SignalingMoment): SignalingStep {
  const { now } = moment;
  const { at } = state;
  switch (at.name) {
    case "connecting":
      return at.until <= now ? timedOut(state, moment) : look(state, moment);
    case "waiting":
    case "offline":
      return at.retryAt <= now
        ? attempt(state, moment, { number: at.attempt, force: at.force })
        : { state, effects: [] };
    case "online":
      // Each of them may be due, and none waits for another tick.
      return inTurn(state, [
        (before) =>
          at.trial && at.trial.until <= now ? trialFailed(before, moment) : { state: before, effects: [] },
        (before) => refreshInTime(before, now),
        (before) => startTrial(before, moment),
      ]);
    case "closed":
    case "superseded":
    case "refused":
      return { state, effects: [] };
  }
}

function inTurn(
  state: SignalingState,
  steps: readonly ((before: SignalingState) => SignalingStep)[],
): SignalingStep {
  return steps.reduce<SignalingStep>(
    (before, step) => {
      const after = step(before.state);
      return { state: after.state, effects: [...before.effects, ...after.effects] };
    },
    { state, effects: [] },
  );
}
