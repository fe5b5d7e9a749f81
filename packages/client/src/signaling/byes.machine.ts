import { BYE_POLICY, type ServerBody } from "@serendip/protocol";
import { ended } from "./line-moves.machine.ts";
import {
  again,
  attempt,
  failed,
  holdBack,
  isStable,
  rest,
  type SignalingMoment,
  slowly,
} from "./signaling-moves.machine.ts";
import { stay } from "./signaling-refusals.machine.ts";
import {
  reasonToHold,
  SIGNALING_RULES,
  type SignalingState,
  type SignalingStep,
} from "./signaling-state.machine.ts";

/** The server has closed the connection, and said why (SPEC W8). */
export function bye(before: SignalingState, body: ServerBody<"bye">, moment: SignalingMoment): SignalingStep {
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
