import { attempt, type SignalingMoment } from "./signaling-moves.machine.ts";
import {
  SIGNALING_RULES,
  type SignalingEffect,
  type SignalingEvent,
  type SignalingState,
  type SignalingStep,
} from "./signaling-state.machine.ts";

type Reduce = (state: SignalingState, event: SignalingEvent, moment: SignalingMoment) => SignalingStep;

/** The server stops soon: after `delayMs` a connection is opened beside this one (SPEC D3). */
export function movesSoon(state: SignalingState, delayMs: number, { now }: SignalingMoment): SignalingStep {
  const { at } = state;
  if (at.name !== "online" || at.move) return { state, effects: [] };
  // Servers that send pages to each other get no more of it than a connection that is lost again and again.
  const dueAt = Math.max(now + delayMs, at.since + SIGNALING_RULES.stableMs);
  return { state: { ...state, at: { ...at, move: { at: dueAt } } }, effects: [] };
}

/** What is due of a move: its next attempt begins, or the one under way looks at the time. */
export function move(state: SignalingState, moment: SignalingMoment, reduce: Reduce): SignalingStep {
  const { at } = state;
  if (at.name !== "online" || !at.move) return { state, effects: [] };
  if (at.move.attempt) return ofSuccessor(state, { type: "tick" }, moment, reduce);
  if (at.move.at > moment.now) return { state, effects: [] };
  const begun = attempt({ ...state, at: { name: "closed" } }, moment, { number: at.attempt, force: false });
  return carriedOn(state, begun, moment);
}

/** An event of the connection that is opened beside the live one: it is an attempt like any. */
export function ofSuccessor(
  state: SignalingState,
  event: SignalingEvent,
  moment: SignalingMoment,
  reduce: Reduce,
): SignalingStep {
  const { at } = state;
  if (at.name !== "online" || !at.move?.attempt) return { state, effects: [] };
  return carriedOn(state, reduce({ ...state, at: at.move.attempt }, event, moment), moment);
}

/** The live connection has ended: the one beside it is the only one now. Undefined where there is none. */
export function succeed(state: SignalingState): SignalingStep | undefined {
  const { at } = state;
  if (at.name !== "online" || !at.move?.attempt) return undefined;
  const { attempt: next } = at.move;
  return { state: { ...state, at: next }, effects: [{ type: "promote", id: next.id }] };
}

const beside = (effect: SignalingEffect): SignalingEffect =>
  effect.type === "attempt" ? { ...effect, beside: true } : effect;

/** What has come of the attempt beside the live connection, which stays unless there is another one. */
function carriedOn(
  state: SignalingState,
  { state: after, effects }: SignalingStep,
  { now, random }: SignalingMoment,
): SignalingStep {
  const { at } = state;
  if (at.name !== "online") return { state, effects: [] };
  const known = { ...state, lastId: after.lastId, held: after.held };
  const later = (): SignalingState => {
    const { firstMs, lastMs } = SIGNALING_RULES.move;
    const againAt = now + Math.round(firstMs + random * (lastMs - firstMs));
    return { ...known, at: { ...at, move: { at: Math.max(againAt, after.held?.until ?? 0) } } };
  };
  // A new person is no successor, and the live connection needs the token of its own.
  const renews = (effect: SignalingEffect) => effect.type === "attempt" && effect.renew;
  if (effects.some(renews)) return { state: later(), effects: effects.filter((effect) => !renews(effect)) };
  switch (after.at.name) {
    case "connecting":
      return {
        state: { ...known, at: { ...at, move: { at: now, attempt: after.at } } },
        effects: effects.map(beside),
      };
    case "online":
      return { state: after, effects: [...effects, { type: "promote", id: after.at.id }] };
    case "waiting":
    case "offline":
      return { state: later(), effects };
    case "closed":
    case "superseded":
    case "refused": {
      const { move: _over, ...stays } = at;
      return { state: { ...known, at: stays }, effects };
    }
  }
}
