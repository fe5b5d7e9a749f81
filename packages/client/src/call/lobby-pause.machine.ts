import type { CallStep } from "./call-event.machine.ts";
import type { CallState, Searching } from "./call-state.machine.ts";

/** When the server takes a `find` of this person again; undefined: it does (SPEC B10). */
export function pauseOf({ pausedUntil }: CallState, now: number): number | undefined {
  return pausedUntil !== undefined && pausedUntil > now ? pausedUntil : undefined;
}

/** A search whose question is kept for the end of the pause. */
export function waitForPause(state: CallState, at: Searching, until: number): CallStep {
  return { state: { ...state, at: { ...at, askAt: until, waitsUntil: until } }, effects: [] };
}

/** The chat is over on this side; the connection stays until the server, which asks for pauses, has heard of it. */
export function leaveSurely(state: CallState): CallStep {
  return {
    state: { ...state, at: { phase: "idle" }, leaving: true },
    effects: [{ type: "close-peer" }, { type: "leave", surely: true }, { type: "release-media" }],
  };
}

/** Nothing keeps the connection any more; where the server has not heard of the end, that of the connection says it later. */
export function letGo(state: CallState): CallStep {
  return state.leaving
    ? { state: { ...state, leaving: false }, effects: [{ type: "disconnect" }] }
    : { state, effects: [] };
}
