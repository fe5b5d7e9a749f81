import { BYE_POLICY, TIMES } from "@serendip/protocol";
import { PROBLEMS } from "../words/problems.ts";
import { bye } from "./byes.machine.ts";
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
  isStable,
  rest,
  type SignalingMoment,
  urgentMs,
} from "./signaling-moves.machine.ts";
import { challenged, final, putOff, refused, renew, timedOut } from "./signaling-refusals.machine.ts";
import {
  CLOSED_SIGNALING,
  liveId,
  SIGNALING_RULES,
  type SignalingEvent,
  type SignalingState,
  type SignalingStep,
  successorId,
} from "./signaling-state.machine.ts";
import { refreshed, refreshFailed, refreshInTime } from "./signaling-token.machine.ts";
import { move, movesSoon, ofSuccessor, succeed } from "./successor.machine.ts";
import { planRefresh } from "./token-refresh.machine.ts";

export type { SignalingMoment } from "./signaling-moves.machine.ts";

/**
 * The reconnect policy: at most one attempt or connection at any time, but for one beside a connection whose server stops (SPEC D3),
 * and no state without a way on.
 */
export function reduceSignaling(
  state: SignalingState,
  event: SignalingEvent,
  moment: SignalingMoment,
): SignalingStep {
  if ("id" in event && event.id !== liveId(state.at))
    return event.id === successorId(state.at)
      ? ofSuccessor(state, event, moment, reduceSignaling)
      : { state, effects: [] };
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
    case "draining":
      return movesSoon(state, event.delayMs, moment);
    case "lost":
      return (
        succeed(state) ??
        lost(event.end === "silent" ? fellSilent(state, moment) : wasClosed(state, moment), moment)
      );
    case "remembered":
      return remembered(state, event.polling, moment);
    case "ready":
      return ready(state, moment, event);
    case "line-open":
      return opened(state, event.way, moment);
    case "line-closed":
      return ended(state, event.way, moment);
    case "unheard":
      return succeed(state) ?? again(fellSilent(state, moment), moment);
    case "network-changed":
      return { state: networkChanged(state, moment), effects: [] };
    case "bye":
      return (
        (BYE_POLICY[event.bye.code].reconnect !== "no" && succeed(state)) || bye(state, event.bye, moment)
      );
    case "unanswered":
      return succeed(state) ?? attempt(state, moment, { number: 1, force: false });
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
        (before) => move(before, moment, reduceSignaling),
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
