import {
  ERROR_POLICY,
  type RoomEndReason,
  type RoomView,
  reasonOf,
  type ServerBody,
  type SessionState,
} from "@serendip/protocol";
import { PROBLEMS } from "../words/problems.ts";
import type { CallEvent, CallStep, RoomMessage } from "./call-event.machine.ts";
import { isInRoom } from "./call-facts.machine.ts";
import {
  ask,
  captureOf,
  enterRoom,
  fail,
  move,
  partnerLeft,
  placed,
  search,
  searchAfresh,
  searchAfterFailure,
  stay,
} from "./call-moves.machine.ts";
import type {
  CallState,
  Connected,
  InRoom,
  Reconnecting,
  RequestingMedia,
  Returning,
  Searching,
} from "./call-state.machine.ts";
import { pauseOf, waitForPause } from "./lobby-pause.machine.ts";
import { beginGeneration, rebuildSoon, recoverAtOnce, retellPath } from "./recovery/call-recovery.machine.ts";

type Answered = Extract<CallEvent, { type: "answered" }>;
type AskFailed = Extract<CallEvent, { type: "ask-failed" }>;

/** The service hears us and says what it holds of us: settle the differences. */
export function signalingUp(before: CallState, server: SessionState, now: number): CallStep {
  const state = { ...before, online: true, blocked: undefined };
  const { at } = state;
  if (at.phase === "returning") return settleReturn(state, at, server, now);
  if (at.phase === "requesting-media") return hold(state, at, server);
  if (at.phase === "searching") return settleSearch(state, at, server, now);
  return isInRoom(at) ? settleRoom(state, at, server, now) : stay(state);
}

/** The room is there: now for the camera, which is not asked for in vain. */
function settleReturn(state: CallState, at: Returning, server: SessionState, now: number): CallStep {
  const { since, requestId, target } = at;
  if (server.kind !== "in-room" || server.room.roomId !== target.roomId)
    return fail(state, PROBLEMS.callOver);
  if (at.captured) return enterRoom(state, server.room, now);
  const captureId = state.serial + 1;
  return move(
    { ...state, serial: captureId },
    captureOf(state, { since, captureId, requestId, server, target }, now),
    [{ type: "capture", captureId }],
  );
}

/** What the server holds of a page that waits for its camera. Who goes back to a room wants that one and nobody else. */
function hold(state: CallState, at: RequestingMedia, server: SessionState): CallStep {
  const { target } = at;
  const lost = target && (server.kind !== "in-room" || server.room.roomId !== target.roomId);
  return lost ? fail(state, PROBLEMS.callOver) : move(state, { ...at, server });
}

export function signalingDown(before: CallState): CallStep {
  const state = { ...before, online: false };
  const { at } = state;
  if (at.phase === "requesting-media") return move(state, { ...at, server: undefined });
  return at.phase === "searching"
    ? move(state, { ...at, askAt: undefined, waitsUntil: undefined })
    : stay(state);
}

/** What the server holds of a searching person decides what is still to be said. */
export function settleSearch(state: CallState, at: Searching, server: SessionState, now: number): CallStep {
  if (server.kind === "queued" && server.requestId === at.requestId)
    return ask(state, { ...at, placed: true, givingUp: false }, now);
  if (server.kind === "in-room" && server.room.requestId === at.requestId) {
    if (server.room.roomId !== at.former) return enterRoom(state, server.room, now);
    if (at.givingUp) return ask(state, at, now);
  }
  return searchAfresh(state, now, at.since);
}

function settleRoom(state: CallState, at: InRoom, server: SessionState, now: number): CallStep {
  if (server.kind === "in-room" && server.room.roomId === at.room.roomId)
    return settleGeneration(state, at, server.room, now);
  if (server.kind === "in-room" && server.room.requestId === at.requestId)
    return enterRoom(state, server.room, now);
  if (server.kind === "queued" && server.requestId === at.requestId)
    return search(state, now, {
      requestId: at.requestId,
      since: now,
      placed: true,
      former: at.room.roomId,
    });
  return partnerLeft(state, at, "timeout", now);
}

function settleGeneration(state: CallState, at: InRoom, view: RoomView, now: number): CallStep {
  // Said again, because the first word may have been lost with the connection.
  const ready = at.phase === "connecting" ? [{ type: "ready", roomId: view.roomId } as const] : [];
  const step =
    view.generation > at.room.generation
      ? beginGeneration(state, at, view, now)
      : foundAgain(state, at, view.partner, now);
  return { state: step.state, effects: [...ready, ...step.effects] };
}

/** The server hears us again. Where nothing comes in either, both ways were dead, so ours may be another one now. */
function foundAgain(state: CallState, at: InRoom, partner: "present" | "away", now: number): CallStep {
  return partner === "present" && isSilent(at)
    ? rebuildSoon(state, at, now)
    : partnerIs(state, at, partner, now);
}

function isSilent(at: InRoom): at is Connected | Reconnecting {
  return at.phase === "connected"
    ? at.flow !== "flowing"
    : at.phase === "reconnecting" && at.peer === "open" && at.ladder.joined;
}

/** Where the partner is, in the generation that we know. One that can be reached again is told what could not be said. */
function partnerIs(state: CallState, at: InRoom, partner: "present" | "away", now: number): CallStep {
  if (at.phase === "connecting") return stay(state);
  if (at.phase === "connected") return retellPath(state, { ...at, partner }, now);
  return partner === "present"
    ? recoverAtOnce(state, { ...at, partner }, now)
    : move(state, { ...at, partner });
}

export function answered(state: CallState, event: Answered, now: number): CallStep {
  const { at } = state;
  if (at.phase !== "searching" || at.requestId !== event.requestId) return stay(state);
  const heard: Searching = { ...at, crowd: event.crowd, busy: undefined, waitsUntil: undefined };
  const { state: server } = event;
  if (server.kind === "queued" && server.requestId === at.requestId)
    return placed({ ...state, at: heard }, heard, now);
  // Only a late answer can name the room that this search has left; a fresh one follows.
  if (server.kind === "in-room" && server.room.roomId === at.former) return move(state, heard);
  if (server.kind === "in-room" && server.room.requestId === at.requestId)
    return enterRoom({ ...state, at: heard }, server.room, now);
  if (event.ask === "find") return move(state, { ...heard, askAt: now + state.rules.reaskMs });
  return searchAfresh({ ...state, at: heard }, now, at.since);
}

export function askFailed(before: CallState, event: AskFailed, now: number): CallStep {
  const state = event.code === "rate_limited" ? paused(before, event, now) : before;
  const { at } = state;
  if (at.phase !== "searching" || at.requestId !== event.requestId || !state.online) return stay(state);
  const again = (pauseMs: number) => now + Math.max(pauseMs, state.rules.reaskMs);
  if (event.code === "request-lost") return move(state, { ...at, askAt: again(0) });
  // The room is over already, and nobody has put us back: look for another one.
  if (event.ask === "give-up" && at.givingUp && ERROR_POLICY[event.code].reaction === "ignore")
    return searchAfresh(state, now, at.since);
  // Never go on in the open where hiding was asked for.
  if (event.code === "relay_unavailable") return fail(state, PROBLEMS.relayUnavailable);
  if (event.ask === "find" && ERROR_POLICY[event.code].reaction === "fix")
    return fail(state, PROBLEMS.protocolFault);
  if (event.code === "rate_limited") return askInTime(state, at, event, now);
  const retryAfterMs = event.retryAfterMs ?? state.rules.reaskMs;
  const busy = event.code === "unavailable" || event.code === "server_full" ? { retryAfterMs } : at.busy;
  return move(state, { ...at, busy, askAt: again(event.retryAfterMs ?? 2 * state.rules.reaskMs) });
}

const pauseMs = ({ rules }: CallState, { retryAfterMs }: AskFailed): number =>
  retryAfterMs ?? 2 * rules.reaskMs;

/** What holds for `find` holds for the next one, whatever search it is of. */
function paused(state: CallState, event: AskFailed, now: number): CallState {
  if (event.ask !== "find") return state;
  const pausedUntil = Math.max(pauseOf(state, now) ?? 0, now + pauseMs(state, event));
  return { ...state, pausedUntil };
}

/** Asks the same again, as soon as the server takes it (SPEC B10). */
function askInTime(state: CallState, at: Searching, event: AskFailed, now: number): CallStep {
  const until = pauseOf(state, now);
  return event.ask === "find" && until !== undefined
    ? waitForPause(state, at, until)
    : move(state, { ...at, askAt: now + pauseMs(state, event) });
}

/** An event of the server about rooms; of another room or request, it is late and changes nothing. */
export function roomMessage(state: CallState, message: RoomMessage, now: number): CallStep {
  const { at } = state;
  if (message.type === "matched") return matched(state, message.body.room, now);
  if (at.phase === "requesting-media") return whileRequesting(state, message);
  if (at.phase === "searching") return whileSearching(state, at, message, now);
  if (!isInRoom(at) || at.room.roomId !== message.body.roomId) return stay(state);
  switch (message.type) {
    case "requeued":
      if (message.body.requestId !== at.requestId) return stay(state);
      return requeued(state, at, message.body.reason, now);
    case "partner-away":
      return partnerAway(state, at, message.body.graceMs, now);
    case "partner-back":
      return partnerBack(state, at, message.body, now);
    case "partner-left":
      return partnerLeft(state, at, reasonOf(message.body), now);
  }
}

function requeued(state: CallState, at: InRoom, reason: RoomEndReason, now: number): CallStep {
  const { requestId } = at;
  const former = at.room.roomId;
  if (reason === "media-failed") return searchAfterFailure(state, at, now, { givingUp: false });
  return search(state, now, { requestId, since: now, placed: true, former });
}

function matched(state: CallState, view: RoomView, now: number): CallStep {
  const { at } = state;
  if (at.phase === "requesting-media" && at.requestId === view.requestId)
    return hold(state, at, { kind: "in-room", room: view });
  if (at.phase === "searching" && at.requestId === view.requestId && at.former !== view.roomId)
    return enterRoom(state, view, now);
  if (!isInRoom(at) || at.requestId !== view.requestId || at.room.roomId === view.roomId) return stay(state);
  return enterRoom(state, view, now);
}

type LaterMessage = Exclude<RoomMessage, { type: "matched" }>;

function whileRequesting(state: CallState, message: LaterMessage): CallStep {
  const { at } = state;
  if (at.phase !== "requesting-media" || at.server?.kind !== "in-room") return stay(state);
  const { room } = at.server;
  if (room.roomId !== message.body.roomId) return stay(state);
  switch (message.type) {
    case "requeued":
      return hold(state, at, { kind: "queued", requestId: message.body.requestId });
    case "partner-left":
      return hold(state, at, { kind: "idle" });
    case "partner-away":
      return hold(state, at, { kind: "in-room", room: { ...room, partner: "away" } });
    case "partner-back": {
      const { generation, role } = message.body;
      const now = generation > room.generation ? { generation, role } : {};
      return hold(state, at, { kind: "in-room", room: { ...room, ...now, partner: "present" } });
    }
  }
}

function whileSearching(state: CallState, at: Searching, message: LaterMessage, now: number): CallStep {
  if (at.former !== message.body.roomId || !at.givingUp) return stay(state);
  if (message.type === "requeued" && message.body.requestId === at.requestId) return placed(state, at, now);
  return message.type === "partner-left" ? searchAfresh(state, now, at.since) : stay(state);
}

function partnerAway(state: CallState, at: InRoom, graceMs: number, now: number): CallStep {
  if (at.phase !== "connecting") return partnerIs(state, at, "away", now);
  const { slackMs, boundMs } = state.rules;
  const until = Math.max(at.until, now + graceMs + slackMs);
  return move(state, { ...at, until: Math.min(until, at.since + boundMs) });
}

function partnerBack(state: CallState, at: InRoom, body: ServerBody<"partner-back">, now: number): CallStep {
  if (body.generation < at.room.generation) return stay(state);
  return body.generation > at.room.generation
    ? beginGeneration(state, at, { ...body, partner: "present" }, now)
    : partnerIs(state, at, "present", now);
}
