import type { SignalingState, SignalingStep } from "./signaling-state.machine.ts";
import { planRefresh, retryRefresh, startRefresh } from "./token-refresh.machine.ts";

/** The token was replaced over the live connection. */
export function refreshed(
  state: SignalingState,
  expiresInMs: number,
  { now, random }: { readonly now: number; readonly random: number },
): SignalingStep {
  const { at } = state;
  if (at.name !== "online") return { state, effects: [] };
  const token = planRefresh({ now, expiresInMs, refreshedAt: now, random });
  return { state: { ...state, refreshedAt: now, at: { ...at, token } }, effects: [] };
}

/** It was not, for now. */
export function refreshFailed(state: SignalingState, now: number, leastMs = 0): SignalingStep {
  const { at } = state;
  if (at.name !== "online" || at.token.step !== "running") return { state, effects: [] };
  return { state: { ...state, at: { ...at, token: retryRefresh(at.token, now, leastMs) } }, effects: [] };
}

/** The moment that was planned for it, or its last one, has come. */
export function refreshInTime(state: SignalingState, now: number): SignalingStep {
  const { at } = state;
  if (at.name !== "online" || at.token.at > now) return { state, effects: [] };
  if (at.token.step === "running") return refreshFailed(state, now);
  return {
    state: { ...state, at: { ...at, token: startRefresh(at.token, now) } },
    effects: [{ type: "refresh-token", id: at.id }],
  };
}
