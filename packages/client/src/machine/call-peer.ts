import type { CallEffect, CallStep, PeerEvent } from "./call-event.ts";
import { giveUp, move, stay } from "./call-moves.ts";
import { type CallState, type Connected, isInRoom, type Reconnecting } from "./call-state.ts";

/** What happens to the current peer connection; news of an older one changes nothing. */
export function peerEvent(state: CallState, event: PeerEvent, now: number): CallStep {
  const { at } = state;
  if (!isInRoom(at)) return stay(state);
  if (at.room.roomId !== event.roomId || at.room.generation !== event.generation) return stay(state);
  switch (event.type) {
    case "peer-connected":
      return connected(state, now);
    case "peer-interrupted":
      return at.phase === "connected" ? move(state, interrupted(state, at, now)) : stay(state);
    case "peer-closed":
      return closed(state, now);
    case "peer-failed":
      return failed(state, now);
  }
}

function connected(state: CallState, now: number): CallStep {
  const { at } = state;
  if (at.phase !== "connecting" && at.phase !== "reconnecting") return stay(state);
  if (at.peer === "gone") return stay(state);
  const away = at.phase === "reconnecting" && at.cause === "partner";
  return move(
    { ...state, peerFailures: 0 },
    {
      phase: "connected",
      since: at.phase === "reconnecting" ? at.connectedAt : now,
      requestId: at.requestId,
      room: at.room,
      awayUntil: away ? at.until : undefined,
    },
  );
}

/** Media has stopped; the partner may be away or not. */
function interrupted(state: CallState, at: Connected, now: number): Reconnecting {
  const away = at.awayUntil !== undefined && at.awayUntil > now;
  return {
    phase: "reconnecting",
    since: now,
    until: away ? at.awayUntil : now + state.rules.mediaMs,
    cause: away ? "partner" : "media",
    requestId: at.requestId,
    room: at.room,
    peer: "open",
    connectedAt: at.since,
    rebuilds: 0,
  };
}

const CLOSE: readonly CallEffect[] = [{ type: "close-peer" }];

/** The partner's page closed the connection: a reload, or its end. The server knows which. */
function closed(state: CallState, now: number): CallStep {
  const { at } = state;
  if (at.phase === "connecting") return move(state, { ...at, peer: "gone" }, CLOSE);
  if (at.phase === "connected")
    return move(state, { ...interrupted(state, at, now), cause: "partner", peer: "gone" }, CLOSE);
  if (at.phase === "reconnecting") return move(state, { ...at, cause: "partner", peer: "gone" }, CLOSE);
  return stay(state);
}

/** The connection will not come back. In a call a new one is tried, in the same room. */
function failed(state: CallState, now: number): CallStep {
  const { at } = state;
  if (at.phase === "connecting") return giveUp(state, at, now);
  if (at.phase !== "connected" && at.phase !== "reconnecting") return stay(state);
  const waiting = at.phase === "connected" ? interrupted(state, at, now) : at;
  const gone = { ...waiting, peer: "gone" } as const;
  if (gone.cause === "partner") return move(state, gone, CLOSE);
  if (gone.rebuilds >= state.rules.rebuilds) return giveUp(state, gone, now);
  return move(state, { ...gone, rebuilds: gone.rebuilds + 1 }, [...CLOSE, { type: "resync" }]);
}
