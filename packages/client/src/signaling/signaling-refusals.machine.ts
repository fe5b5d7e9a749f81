import { ERROR_POLICY, type ErrorBody } from "@serendip/protocol";
import type { ChatError } from "../words/chat-error.ts";
import { PROBLEMS } from "../words/problems.ts";
import { linesOf } from "./lines.machine.ts";
import { attempt, failed, holdBack, rest, type SignalingMoment } from "./signaling-moves.machine.ts";
import {
  type HoldReason,
  reasonToHold,
  SIGNALING_RULES,
  type SignalingState,
  type SignalingStep,
} from "./signaling-state.machine.ts";

/** The hello was refused. */
export function refused(state: SignalingState, error: ErrorBody, moment: SignalingMoment): SignalingStep {
  switch (ERROR_POLICY[error.code].reaction) {
    case "renew":
      return renew(state, moment);
    case "reload":
      return final(state, PROBLEMS.versionMismatch, error);
    case "stop":
      return stay(state, error.code === "revoked" ? error : undefined);
    case "fix":
      return final(state, PROBLEMS.protocolFault, error);
    case "retry":
    case "resync":
    case "ignore":
      return putOff(answered(state), moment, reasonToHold(error.code), error.retryAfterMs);
  }
}

/** A refusal is an answer: it speaks against none of the ways. */
function answered(state: SignalingState): SignalingState {
  const { at } = state;
  if (at.name !== "connecting" || !at.lines) return state;
  return { ...state, at: { ...at, lines: { ...at.lines, greets: false } } };
}

/** An attempt came to nothing, for a reason that passes. */
export function putOff(
  state: SignalingState,
  moment: SignalingMoment,
  why: HoldReason | undefined,
  retryAfterMs: number | undefined,
): SignalingStep {
  return why
    ? failed(holdBack(state, why, moment, retryAfterMs), moment)
    : failed(state, moment, retryAfterMs);
}

/** The token was refused. Where it is one that the page had, it is shown for another one first: the person stays the same (SPEC S15). */
export function renew(state: SignalingState, moment: SignalingMoment): SignalingStep {
  const { at } = state;
  if (at.name !== "connecting") return { state, effects: [] };
  if (at.kept || at.moves)
    return attempt(state, moment, { number: at.attempt, force: at.force, prompted: true });
  if (state.renewed) return final(state, PROBLEMS.identityRefused);
  return attempt(state, moment, { number: at.attempt, force: at.force, renew: true });
}

/**
 * A phone may need its time for the answer, and a person for a check: more than the service waits for a hello (SPEC W12), so that
 * no line stays open meanwhile. Whoever puts a challenge can be reached and is not full.
 */
export function challenged(state: SignalingState, { now }: SignalingMoment): SignalingStep {
  const { at } = state;
  if (at.name !== "connecting" || at.lines?.greets) return { state, effects: [] };
  const { lines, ...rest } = at;
  return {
    state: {
      ...state,
      troubled: false,
      held: undefined,
      at: { ...rest, challenged: true, until: now + SIGNALING_RULES.challengeMs },
    },
    effects: lines ? linesOf(lines).map((way) => ({ type: "drop", id: at.id, way })) : [],
  };
}

/** An attempt has lasted as long as one may. A check that nobody passes is not put again and again. */
export function timedOut(state: SignalingState, moment: SignalingMoment): SignalingStep {
  const { at } = state;
  const isUnanswered = at.name === "connecting" && at.challenged === true;
  return isUnanswered ? final(state, PROBLEMS.challengeFailed) : failed(state, moment);
}

/** The page makes no attempt before its person presses something; `revoked` says that the operator wants it so. */
export function stay(state: SignalingState, revoked: ErrorBody | undefined): SignalingStep {
  if (revoked) return final(state, PROBLEMS.accessRevoked, revoked);
  return rest(state, { ...state, at: { name: "superseded" } });
}

/** Trying again by itself would not help. */
export function final(state: SignalingState, error: ChatError, cause?: ErrorBody): SignalingStep {
  const withCause = cause === undefined ? error : { ...error, cause };
  return rest(state, { ...state, at: { name: "refused", error: withCause } });
}
