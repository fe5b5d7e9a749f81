import type { FailedBy } from "../words/chat-error.ts";
import type { CallEffect, CallStep, PeerEvent } from "./call-event.machine.ts";
import { isInRoom } from "./call-facts.machine.ts";
import { giveUp, leaveMisuser, move, stay } from "./call-moves.machine.ts";
import type { CallState, Connected, Connecting, Reconnecting } from "./call-state.machine.ts";
import { NO_FAILURES } from "./peer-failures.machine.ts";
import { interrupt, interrupted, recover, refreshPath } from "./recovery/call-recovery.machine.ts";
import { loseJoined, startLadder } from "./recovery/ladder.machine.ts";

/** What happens to the current peer connection; news of an older one changes nothing. */
export function peerEvent(state: CallState, event: PeerEvent, now: number): CallStep {
  const { at } = state;
  if (!isInRoom(at)) return stay(state);
  if (at.room.roomId !== event.roomId || at.room.generation !== event.generation) return stay(state);
  switch (event.type) {
    case "peer-connected":
      return connected(state, now);
    case "peer-interrupted":
      return at.phase === "connected" ? judge(state, { ...at, path: "down" }, now) : stay(state);
    case "peer-closed":
      return closed(state, now);
    case "peer-worn-out":
      return { state, effects: [{ type: "rebuild", room: at.room }] };
    case "peer-misused":
      return leaveMisuser(state, at, now);
    case "peer-failed":
      return failed(state, event.by, now);
    case "media-missed":
      return at.phase === "connected" && at.flow === "flowing" ? missed(state, at, now) : stay(state);
    case "media-stalled":
      return at.phase === "connected" ? judge(state, { ...at, flow: "stalled" }, now) : stay(state);
    case "media-flows":
      return flows(state, now);
  }
}

/** A path that is gone is not always noticed by ICE before long; a restart costs a path that is not at most a frame. */
function missed(state: CallState, at: Connected, now: number): CallStep {
  return refreshPath(state, { ...at, flow: "missed" }, now, state.rules.missedRestarts);
}

/** Neither ICE nor a silence alone interrupts a call: both do (SPEC L1). */
function judge(state: CallState, at: Connected, now: number): CallStep {
  return at.path === "down" && at.flow === "stalled" ? interrupt(state, at, now) : move(state, at);
}

function connected(state: CallState, now: number): CallStep {
  const { at } = state;
  switch (at.phase) {
    case "connected":
      return at.path === "up" ? stay(state) : move(state, { ...at, path: "up" });
    case "connecting":
      if (at.peer === "gone") return stay(state);
      return move(
        { ...state, peerFailures: NO_FAILURES },
        { ...inCall(at), since: now, partner: "present", path: "up" },
      );
    case "reconnecting":
      return at.peer === "gone" ? stay(state) : recovered(state, at, "up", now);
    default:
      return stay(state);
  }
}

/** Bytes come in. Where ICE does not know it yet, it will. */
function flows(state: CallState, now: number): CallStep {
  const { at } = state;
  if (at.phase === "connected")
    return at.flow === "flowing"
      ? stay(state)
      : move(state, { ...at, flow: "flowing", mendingUntil: now + state.rules.mendingMs });
  if (at.phase !== "reconnecting" || at.peer === "gone" || !at.ladder.joined) return stay(state);
  return recovered(state, at, "down", now);
}

function recovered(state: CallState, at: Reconnecting, path: Connected["path"], now: number): CallStep {
  const partner = at.partner === "away" ? "away" : "present";
  const { restarts, told, answerUntil } = at.ladder;
  const until = answerUntil > now ? answerUntil : undefined;
  // A partner whose own checks have ended hears us, but sends nothing before a restart that it is told of.
  const owed = restarts > 0 && !told;
  // The answer to a told one may still be under way.
  const restart = owed || until !== undefined ? { until, owed, left: 0 } : undefined;
  return move(
    { ...state, peerFailures: NO_FAILURES },
    {
      ...inCall(at),
      since: at.connectedAt,
      partner,
      path,
      restart,
      mendingUntil: now + state.rules.mendingMs,
    },
  );
}

const inCall = ({ requestId, room }: Connecting | Reconnecting) =>
  ({ phase: "connected", requestId, room, flow: "flowing", restart: undefined }) as const;

const CLOSE: readonly CallEffect[] = [{ type: "close-peer" }];

/** The partner's page closed the connection: a reload, or its end. The server knows which. */
function closed(state: CallState, now: number): CallStep {
  const { at } = state;
  if (at.phase === "connecting") return move(state, { ...at, peer: "gone" }, CLOSE);
  if (at.phase !== "connected" && at.phase !== "reconnecting") return stay(state);
  if (at.phase === "reconnecting" && at.peer === "gone") return stay(state);
  const waiting = at.phase === "connected" ? interrupted(at, startLadder(now, state.rules), now) : at;
  const partner = waiting.partner === "away" ? "away" : "closed";
  const stepUntil = now + state.rules.closedMs;
  const ladder = { ...waiting.ladder, joined: false, stepUntil };
  return move(state, { ...waiting, partner, peer: "gone", ladder }, CLOSE);
}

/** The connection will not come back. In a call a new one is made, in the same room. */
function failed(state: CallState, by: FailedBy | undefined, now: number): CallStep {
  const { at } = state;
  if (at.phase === "connecting") return giveUp(state, at, now, by ? {} : { own: true });
  if (at.phase !== "connected" && at.phase !== "reconnecting") return stay(state);
  if (at.phase === "reconnecting" && at.peer === "gone") return stay(state);
  const waiting = at.phase === "connected" ? interrupted(at, startLadder(now, state.rules), now) : at;
  const ladder = loseJoined(waiting.ladder, now);
  return recover(state, { ...waiting, peer: "gone", ladder }, now, CLOSE);
}
