import type { ChatErrorCode } from "../words/chat-error.ts";
import { PROBLEMS } from "../words/problems.ts";
import type { CallEvent, CallStep } from "./call-event.machine.ts";
import { isInRoom, isOver, isWishKnown, targetOf } from "./call-facts.machine.ts";
import {
  ask,
  enterRoom,
  fail,
  findAnew,
  giveUp,
  goBack,
  idle,
  keep,
  move,
  request,
  searchAfresh,
  searchAgain,
  stay,
} from "./call-moves.machine.ts";
import { peerEvent } from "./call-peer.machine.ts";
import {
  answered,
  askFailed,
  roomMessage,
  settleSearch,
  signalingDown,
  signalingUp,
} from "./call-server.machine.ts";
import type { CallState, RequestingMedia, ReturnTarget, Searching } from "./call-state.machine.ts";
import { letGo } from "./lobby-pause.machine.ts";
import { recoverAtOnce, recoverInTime, refreshPath, settlePath } from "./recovery/call-recovery.machine.ts";

/**
 * The whole of a chat: `(state, event, now) → state, effects`. Any event may come in any state; one that is late is told
 * by the ids it carries (request, capture, room, generation), never by timing.
 */
export function reduceCall(state: CallState, event: CallEvent, now: number): CallStep {
  switch (event.type) {
    case "start":
      return start(state, now);
    case "resume":
      return resume(state, event, now);
    case "go-on":
      return isOver(state) ? goBack(state, event.target, { now, force: false }) : stay(state);
    case "page-kept":
      return isOver(state) ? letGo(state) : keep(state);
    case "left":
    case "let-go":
      return letGo(state);
    case "try-again":
      return again(state, { now, force: false });
    case "take-over":
      return again(state, { now, force: true });
    case "next":
      return isInRoom(state.at) || state.at.phase === "partner-left" ? searchAfresh(state, now) : stay(state);
    case "wish":
      return wish(state, event.relayOnly, now);
    case "hidden":
      return stay({ ...state, hiddenRoom: event.roomId });
    case "search-again":
      return state.at.phase === "searching" ? searchAgain(state, now) : stay(state);
    case "stop":
      return state.at.phase === "idle" ? stay(state) : idle(state, now);
    case "media-ready":
      return ready(state, event.captureId, { captured: true }, now);
    case "code-ready":
      return ready(state, event.captureId, { codeUntil: undefined }, now);
    case "media-failed":
      return isCapture(state, event.captureId) ? fail(state, event.error) : stay(state);
    case "media-allowed":
      return mediaAllowed(state);
    case "signaling-up":
      return isOver(state) ? stay(state) : signalingUp(state, event.state, now);
    case "signaling-down":
      return isOver(state) ? letGo(state) : signalingDown(state);
    case "signaling-refused":
      return signalingRefused({ ...state, online: false, blocked: event.error });
    case "superseded":
      return isOver(state) ? stay(state) : fail(state, PROBLEMS.sessionReplaced);
    case "answered":
      return answered(state, event, now);
    case "ask-failed":
      return askFailed(state, event, now);
    case "matched":
      // Who is met by a page that is about to leave need not wait for it.
      return isOver(state) ? letGo(state) : roomMessage(state, event, now);
    case "requeued":
    case "partner-away":
    case "partner-back":
    case "partner-left":
      return roomMessage(state, event, now);
    case "peer-connected":
    case "peer-interrupted":
    case "peer-closed":
    case "peer-worn-out":
    case "peer-misused":
    case "peer-failed":
    case "media-missed":
    case "media-stalled":
    case "media-flows":
      return peerEvent(state, event, now);
    case "network-changed":
    case "ice-renewed":
      return pathChanged(state, now);
    case "network-opened":
      return pathOpened(state, now);
    case "turn":
      return event.offered === state.turn ? stay(state) : stay({ ...state, turn: event.offered });
    case "relay":
      return relayIs(state, event.relay, now);
    case "relay-lost":
      return relayLost(state);
    case "tick":
      return tick(state, now);
  }
}

/** No call can come about, and the next partner would wait for one in vain. A call that is there may still go on. */
function relayLost(state: CallState): CallStep {
  const { phase } = state.at;
  const hopeless = ["returning", "requesting-media", "searching", "connecting"].includes(phase);
  return hopeless ? fail(state, PROBLEMS.relayUnavailable) : stay(state);
}

function relayIs(before: CallState, relay: CallState["relay"], now: number): CallStep {
  const state = { ...before, relay };
  const { at } = state;
  if (!state.relayOnly) return stay(state);
  if (relay === "failed") return relayLost(state);
  return at.phase === "searching" ? ask(state, at, now) : stay(state);
}

function start(state: CallState, now: number): CallStep {
  if (isOver(state)) return request(state, now);
  return state.at.phase === "partner-left" ? searchAfresh(state, now) : stay(state);
}

function again(state: CallState, how: { readonly now: number; readonly force: boolean }): CallStep {
  if (!isOver(state)) return stay(state);
  const target = targetOf(state);
  return target ? goBack(state, target, how) : request(state, how.now, how);
}

function resume(
  state: CallState,
  { requestId, lastFind }: Extract<CallEvent, { type: "resume" }>,
  now: number,
): CallStep {
  return state.at.phase === "idle" ? request({ ...state, lastFind }, now, { requestId }) : stay(state);
}

/** Holds from the next match on, whatever happens now. */
function wish(before: CallState, relayOnly: boolean, now: number): CallStep {
  if (before.relayOnly === relayOnly) return stay(before);
  const state = { ...before, relayOnly };
  const { at } = state;
  if (relayOnly && state.relay === "failed") return relayLost(state);
  // Before that the server has to hear of the room that is given up, or hear us at all: its answer leads to the same.
  if (at.phase !== "searching" || at.givingUp || !state.online || isWishKnown(state, at)) return stay(state);
  return findAnew(state, at, now);
}

function isCapture({ at }: CallState, captureId: number): boolean {
  return at.phase === "requesting-media" && at.captureId === captureId;
}

/** A room that is not there any more has ended the chat before (`signalingUp`, `roomMessage`). */
function returnMediaReady(
  state: CallState,
  { since, requestId, server }: RequestingMedia,
  target: ReturnTarget,
  now: number,
): CallStep {
  if (server?.kind === "in-room") return enterRoom(state, server.room, now);
  return move(state, { phase: "returning", since, requestId, target, captured: true });
}

/** One of the two is there that nobody can be called without. */
function ready(
  state: CallState,
  captureId: number,
  what: Partial<Pick<RequestingMedia, "captured" | "codeUntil">>,
  now: number,
): CallStep {
  if (state.at.phase !== "requesting-media" || state.at.captureId !== captureId) return stay(state);
  const at = { ...state.at, ...what };
  if (!at.captured || at.codeUntil !== undefined) return move(state, at);
  const searching: Searching = {
    phase: "searching",
    since: at.since,
    requestId: at.requestId,
    crowd: undefined,
    placed: false,
    askAt: undefined,
    former: undefined,
    givingUp: false,
    busy: undefined,
  };
  if (at.target) return returnMediaReady(state, at, at.target, now);
  // Offline, the welcome will tell whether there is something to go on with.
  if (at.server === undefined) return move(state, searching);
  return settleSearch({ ...state, at: searching }, searching, at.server, now);
}

const REFUSALS: readonly ChatErrorCode[] = ["media-denied", "media-dismissed"];

/**
 * The page says that it can go on, and does not: the permission may have been given for another tab, or long after the
 * person has turned to something else, and only a press brings anybody before a stranger.
 */
function mediaAllowed(state: CallState): CallStep {
  const { at } = state;
  if (at.phase !== "failed" || !REFUSALS.includes(at.error.code)) return stay(state);
  return stay({ ...state, at: { ...at, error: PROBLEMS.mediaAllowed } });
}

/** A call whose media flows is not ended for a service that is of no use to it at the moment; but who is shut out leaves it (S16). */
function signalingRefused(state: CallState): CallStep {
  const goesOn = state.at.phase === "connected" && state.blocked?.code !== "access-revoked";
  if (isOver(state) || goesOn) return stay(state);
  return state.blocked ? fail(state, state.blocked) : stay(state);
}

/** What was gathered while nothing went out is of no use. */
function pathOpened(state: CallState, now: number): CallStep {
  const { at } = state;
  if (at.phase === "connected") return refreshPath(state, at, now, at.restart?.left);
  if (at.phase !== "reconnecting" || at.ladder.opened) return stay(state);
  const ladder = { ...at.ladder, opened: true };
  // What is due in a moment is a new connection, which gathers anew.
  if (ladder.stepUntil <= now + state.rules.revivalMs) return move(state, { ...at, ladder });
  return recoverAtOnce(state, { ...at, ladder }, now);
}

/** Another path may be open now, whether or not the present one still works. */
function pathChanged(state: CallState, now: number): CallStep {
  const { at } = state;
  if (at.phase === "connected") return refreshPath(state, at, now);
  return at.phase === "reconnecting" ? recoverAtOnce(state, at, now) : stay(state);
}

function tick(state: CallState, now: number): CallStep {
  const { at } = state;
  switch (at.phase) {
    case "returning":
      return at.target.until <= now ? fail(state, PROBLEMS.callOver) : stay(state);
    case "searching":
      return at.askAt !== undefined && at.askAt <= now ? ask(state, at, now) : stay(state);
    case "connecting":
      return at.until <= now ? giveUp(state, at, now) : stay(state);
    case "connected":
      return at.restart?.until !== undefined && at.restart.until <= now
        ? settlePath(state, at, now)
        : stay(state);
    case "reconnecting":
      return recoverInTime(state, at, now);
    case "partner-left":
      return at.nextAt <= now ? searchAfresh(state, now) : stay(state);
    case "requesting-media":
      return at.codeUntil !== undefined && at.codeUntil <= now
        ? fail(state, PROBLEMS.pageIncomplete)
        : stay(state);
    case "idle":
    case "failed":
      return stay(state);
  }
}
