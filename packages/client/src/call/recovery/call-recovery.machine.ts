import type { RoomRef } from "../../words/room-ref.ts";
import type { CallEffect, CallStep } from "../call-event.machine.ts";
import { giveUp, move, stay } from "../call-moves.machine.ts";
import type { CallState, Connected, InRoom, Reconnecting } from "../call-state.machine.ts";
import { climb, hasten, type Ladder, type LadderStep, nextRung, startLadder } from "./ladder.machine.ts";

/** A connected call whose media has stopped. */
export function interrupted(at: Connected, ladder: Ladder, now: number): Reconnecting {
  return {
    phase: "reconnecting",
    since: now,
    partner: at.partner,
    requestId: at.requestId,
    room: at.room,
    peer: "open",
    connectedAt: at.since,
    ladder,
  };
}

/** … and whose restart may still run. */
const withLadder = (state: CallState, at: Connected, now: number): Reconnecting =>
  interrupted(at, startLadder(now, state.rules, at.restart?.until), now);

/** Media has stopped: the first step is taken at once. */
export function interrupt(state: CallState, at: Connected, now: number): CallStep {
  return recover(state, withLadder(state, at, now), now);
}

/** Takes the step of the ladder that is due (SPEC L1–L5). */
export function recover(
  state: CallState,
  at: Reconnecting,
  now: number,
  effects: readonly CallEffect[] = [],
): CallStep {
  const footing = {
    reachable: isReachable(state, at),
    peer: at.peer,
    role: at.room.role,
    askFrom: state.generationAt + state.rules.generationMs,
  };
  const { ladder, step } = climb(at.ladder, footing, now, state.rules);
  return move(state, { ...at, ladder }, [...effects, ...effectsOf(step, at.room)]);
}

export function recoverAtOnce(state: CallState, at: Reconnecting, now: number): CallStep {
  return recover(state, { ...at, ladder: hasten(at.ladder, now) }, now);
}

/** A new connection is there sooner than a browser gives up a dead path for a better one (SPEC L3). */
export function rebuildSoon(state: CallState, at: Connected | Reconnecting, now: number): CallStep {
  const { checkedMs, revivalMs } = state.rules;
  const waiting = at.phase === "connected" ? withLadder(state, at, now) : at;
  const checked = at.phase === "reconnecting" && now - at.since < checkedMs;
  const ladder: Ladder = { ...waiting.ladder, told: true, stepUntil: now + (checked ? revivalMs : 0) };
  return recover(state, { ...waiting, partner: "present", ladder }, now);
}

/** Whether what is said now reaches the partner. */
function isReachable(state: CallState, at: Connected | Reconnecting): boolean {
  return state.online && at.partner === "present";
}

function effectsOf(step: LadderStep | undefined, room: RoomRef): readonly CallEffect[] {
  if (!step) return [];
  return step.type === "rebuild" ? [{ type: "rebuild", room }] : [{ type: "restart-ice", tell: step.tell }];
}

/** A deadline of the ladder has come. */
export function recoverInTime(state: CallState, at: Reconnecting, now: number): CallStep {
  const { boundUntil, stepUntil } = at.ladder;
  if (boundUntil <= now) return giveUp(state, at, now);
  if (stepUntil > now) return stay(state);
  // The server has not said that the partner went away, so it did not.
  return recover(state, at.partner === "closed" ? { ...at, partner: "present" } : at, now);
}

/** Starts a new negotiation of the same room. */
export function beginGeneration(
  before: CallState,
  at: InRoom,
  next: Pick<RoomRef, "generation" | "role"> & { readonly partner: "present" | "away" },
  now: number,
): CallStep {
  const state: CallState = { ...before, generationAt: now };
  const { generation, role, partner } = next;
  const room: RoomRef = { ...at.room, generation, role };
  if (at.phase === "connecting") {
    // However often the partner begins anew, and however long they stay away: somebody else may be waiting.
    const until = Math.min(now + state.rules.connectMs, at.since + state.rules.boundMs);
    return move(state, { ...at, room, until, peer: "open" }, reopen(room));
  }
  const waiting = at.phase === "connected" ? interrupted(at, startLadder(now, state.rules), now) : at;
  const ladder = nextRung(waiting.ladder, state.turn, now, state.rules);
  // One side that goes through its relay is enough for a pair of relayed addresses.
  const through: RoomRef = ladder.rung === "relay" ? { ...room, relayOnly: true } : room;
  return move(state, { ...waiting, partner, room, peer: "open", ladder }, reopen(through));
}

const reopen = (room: RoomRef): readonly CallEffect[] => [
  { type: "close-peer" },
  { type: "open-peer", room },
];

/**
 * Moves a call to a better path, before the old one breaks or ICE notices that it did (SPEC L6, L7).
 *
 * @param left how many more follow while nothing comes in
 */
export function refreshPath(state: CallState, at: Connected, now: number, left = 0): CallStep {
  const running = at.restart?.until;
  if (running !== undefined && running > now)
    return move(state, { ...at, restart: { until: running, owed: true, left } });
  const told = isReachable(state, at);
  const { answerMs, missedRestarts } = state.rules;
  // The later ones leave a slow network more time for the answer.
  const pauseMs = left > 0 && left <= missedRestarts / 2 ? 2 * answerMs : answerMs;
  const restart = { until: now + pauseMs, owed: !told, left };
  return move(state, { ...at, restart }, [{ type: "restart-ice", tell: told ? "partner" : "nobody" }]);
}

/** The partner can be told again: what was said meanwhile may be lost. */
export function retellPath(state: CallState, at: Connected, now: number): CallStep {
  const { restart } = at;
  const owed = restart?.owed === true || at.flow !== "flowing";
  if (!owed) return settlePath(state, at, now);
  return settlePath(state, { ...at, restart: { until: now, left: 0, ...restart, owed } }, now);
}

/** What is still owed of a refreshed path, once there is time for it and somebody to tell. */
export function settlePath(state: CallState, at: Connected, now: number): CallStep {
  const { restart } = at;
  if (!restart || (restart.until !== undefined && restart.until > now)) return move(state, at);
  const again = restart.left > 0 && at.flow !== "flowing";
  if (!restart.owed && !again) return move(state, { ...at, restart: undefined });
  return isReachable(state, at)
    ? refreshPath(state, { ...at, restart: undefined }, now, Math.max(0, restart.left - 1))
    : move(state, { ...at, restart: { ...restart, until: undefined, owed: true } });
}
