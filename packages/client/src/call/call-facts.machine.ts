import type { RoomView } from "@serendip/protocol";
import type { RoomRef } from "../words/room-ref.ts";
import type { CallPhase, CallState, InRoom, ReturnTarget, Searching } from "./call-state.machine.ts";

/** Nothing goes on, and nothing is held. */
export function isOver({ at }: CallState): boolean {
  return at.phase === "idle" || at.phase === "failed";
}

export function isInRoom(at: CallPhase): at is InRoom {
  return at.phase === "connecting" || at.phase === "connected" || at.phase === "reconnecting";
}

/** The room whose signals concern us, also while a returning page still waits for its camera. */
export function roomOf({ at }: CallState): RoomRef | undefined {
  if (isInRoom(at)) return at.room;
  if (at.phase !== "requesting-media" || at.server?.kind !== "in-room") return undefined;
  return at.server.room.requestId === at.requestId ? refOf(at.server.room) : undefined;
}

/** The one room that the person goes back to, as long as it is not reached, whatever fails on the way. */
export function targetOf({ at }: CallState): ReturnTarget | undefined {
  return "target" in at ? at.target : undefined;
}

/** Whether there is a peer connection; the server decides by it whether a new generation is needed. */
export function holdsPeer({ at }: CallState): boolean {
  return at.phase === "connected" || (isInRoom(at) && at.peer === "open");
}

/** Whether signals that got lost keep the connection from being made; one that was there can be restarted without them. */
export function needsSignals({ at }: CallState): boolean {
  return at.phase === "connecting" || (at.phase === "reconnecting" && !at.ladder.joined);
}

/** Whether the call's media is interrupted, as far as this side knows, and everything is done to bring it back. */
export function isTroubled({ at }: CallState): boolean {
  return at.phase === "reconnecting" || (at.phase === "connected" && at.flow !== "flowing");
}

/** … or has come back so lately that the partner may still wait for it. */
export function isMending(state: CallState, now: number): boolean {
  const { at } = state;
  return (
    isTroubled(state) || (at.phase === "connected" && at.mendingUntil !== undefined && now < at.mendingUntil)
  );
}

/** Whether the server knows this search's wish as it is now. */
export function isWishKnown({ lastFind, relayOnly }: CallState, { requestId }: Searching): boolean {
  return lastFind?.requestId === requestId && lastFind.relayOnly === relayOnly;
}

/** The search or call that a reloaded page should go on with. */
export function activeRequest({ at }: CallState): string | undefined {
  return at.phase === "idle" || at.phase === "failed" ? undefined : at.requestId;
}

export function refOf({ roomId, generation, role, relayOnly }: RoomView): RoomRef {
  return { roomId, generation, role, ...(relayOnly && { relayOnly }) };
}
