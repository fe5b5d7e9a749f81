import type { RoomEndReason, RoomView } from "@serendip/protocol";
import type { ChatError } from "../words/chat-error.ts";
import { PROBLEMS } from "../words/problems.ts";
import type { CallEffect, CallStep } from "./call-event.machine.ts";
import { isInRoom, isWishKnown, refOf, targetOf } from "./call-facts.machine.ts";
import type {
  CallPhase,
  CallState,
  Connecting,
  InRoom,
  RequestingMedia,
  Returning,
  ReturnTarget,
  Searching,
} from "./call-state.machine.ts";
import { leaveSurely, letGo, pauseOf, waitForPause } from "./lobby-pause.machine.ts";
import { NO_FAILURES } from "./peer-failures.machine.ts";

/** Nothing to do. */
export function stay(state: CallState): CallStep {
  return { state, effects: [] };
}

export function move(state: CallState, at: CallPhase, effects: readonly CallEffect[] = []): CallStep {
  return { state: { ...state, at }, effects };
}

/** A request id that was never used before, and the state that remembers so. */
export function freshRequest(state: CallState): readonly [string, CallState] {
  const serial = state.serial + 1;
  return [`${state.seed}-${serial}`, { ...state, serial }];
}

/** The chat goes on after it. */
const LEAVE: CallEffect = { type: "leave", surely: true };

const closePeer = (at: CallPhase): readonly CallEffect[] => (isInRoom(at) ? [{ type: "close-peer" }] : []);

/** Camera and microphone are asked for, and the code of calls has to come. */
export function captureOf(
  { rules }: CallState,
  of: Pick<RequestingMedia, "since" | "captureId" | "requestId" | "server" | "target">,
  now: number,
): RequestingMedia {
  return { phase: "requesting-media", ...of, captured: false, codeUntil: now + rules.codeMs };
}

/** Asks for media and, beside it, connects. */
export function request(
  before: CallState,
  now: number,
  options: { readonly requestId?: string; readonly force?: boolean } = {},
): CallStep {
  const { state, effects } = letGo(before);
  const serial = state.serial + 1;
  const requestId = options.requestId ?? `${state.seed}-${serial}`;
  return {
    state: {
      ...state,
      serial,
      blocked: undefined,
      peerFailures: NO_FAILURES,
      at: captureOf(state, { since: now, captureId: serial, requestId, server: undefined }, now),
    },
    effects: [
      ...effects,
      { type: "capture", captureId: serial },
      { type: "connect", force: options.force ?? false },
    ],
  };
}

/** Asks the service for a room, and for the camera only once that is there. */
export function goBack(
  before: CallState,
  target: ReturnTarget,
  { now, force }: { readonly now: number; readonly force: boolean },
): CallStep {
  const { state, effects } = letGo(before);
  const { requestId } = target;
  const at: Returning = { phase: "returning", since: now, requestId, target, captured: false };
  return move({ ...state, blocked: undefined, peerFailures: NO_FAILURES }, at, [
    ...effects,
    { type: "connect", force },
  ]);
}

/** Looks for a partner with a request of its own, leaving whatever there was. */
export function searchAfresh(state: CallState, now: number, since = now): CallStep {
  const [requestId, fresh] = freshRequest(state);
  return search(fresh, now, { requestId, since, placed: false });
}

/** Looks for a partner. `placed`: the server has us in the queue already. */
export function search(
  state: CallState,
  now: number,
  options: {
    readonly requestId: string;
    readonly since: number;
    readonly placed: boolean;
    readonly former?: string | undefined;
    readonly givingUp?: boolean;
  },
): CallStep {
  if (state.blocked) return fail(state, state.blocked);
  const { requestId, since, placed, former, givingUp = false } = options;
  const at: Searching = {
    phase: "searching",
    since,
    requestId,
    crowd: state.at.phase === "searching" ? state.at.crowd : undefined,
    placed,
    askAt: undefined,
    former,
    givingUp,
    busy: undefined,
  };
  const asked = ask({ ...state, at }, at, now);
  // The question first: to close a connection takes a browser a while.
  return { state: asked.state, effects: [...asked.effects, ...closePeer(state.at)] };
}

/** The server has another wish of this search than the person's: a new `find` puts it right, and keeps the place (SPEC K5). */
export function findAnew(state: CallState, at: Searching, now: number): CallStep {
  const until = pauseOf(state, now);
  if (until !== undefined) return move(state, { ...at, askAt: until });
  const { since, former } = at;
  const [requestId, fresh] = freshRequest(state);
  return search(fresh, now, { requestId, since, placed: false, former });
}

/** The server keeps the place, and the memory of whom not to meet, of a search that is not left first. */
export function searchAgain(before: CallState, now: number): CallStep {
  const step = searchAfresh({ ...before, peerFailures: NO_FAILURES }, now);
  return { state: step.state, effects: [LEAVE, ...step.effects] };
}

/** Asks the server what is open: the room we give up, our place, or just how things are. */
export function ask(state: CallState, at: Searching, now: number): CallStep {
  if (state.relayOnly && state.relay === "failed") return fail(state, PROBLEMS.relayUnavailable);
  if (!state.online) return move(state, { ...at, askAt: undefined, waitsUntil: undefined });
  if (state.relayOnly && state.relay === "checking") return hold(state, at);
  const next = { ...at, askAt: now + state.rules.askMs, waitsUntil: undefined };
  const { requestId } = at;
  if (at.givingUp && at.former !== undefined)
    return move(state, next, [{ type: "give-up", requestId, roomId: at.former }]);
  if (at.placed && !isWishKnown(state, at)) return findAnew(state, at, now);
  if (at.placed) return move(state, next, [{ type: "status", requestId }]);
  const until = pauseOf(state, now);
  if (until !== undefined) return waitForPause(state, at, until);
  const { relayOnly } = state;
  return move({ ...state, lastFind: { requestId, relayOnly } }, next, [
    { type: "find", requestId, ...(relayOnly && { relayOnly }) },
  ]);
}

/** Nobody is met, who would wait in vain, until the page has looked again for a relay (SPEC K14). */
function hold(before: CallState, at: Searching): CallStep {
  const [requestId, state] = freshRequest(before);
  const held = { requestId, placed: false, askAt: undefined, former: undefined, givingUp: false };
  return move(state, { ...at, ...held, waitsUntil: undefined }, [LEAVE]);
}

/** The server has said that we are in the queue. */
export function placed(state: CallState, before: Searching, now: number): CallStep {
  const at: Searching = { ...before, placed: true, givingUp: false };
  return isWishKnown(state, at) || !state.online ? move(state, at) : findAnew({ ...state, at }, at, now);
}

/**
 * Takes a room the server has put us in. Where the match has crossed the person's wish on its way, this side of the call
 * shows no address all the same: leaving would take the partner's place for nothing (SPEC K5).
 */
export function enterRoom(before: CallState, view: RoomView, now: number): CallStep {
  if (before.relayOnly && before.relay !== "unknown") return fail(before, PROBLEMS.relayUnavailable);
  const hides = before.relayOnly || before.hiddenRoom === view.roomId;
  const state = { ...before, hiddenRoom: hides ? view.roomId : undefined };
  const at: Connecting = {
    phase: "connecting",
    since: now,
    until: now + state.rules.connectMs,
    requestId: view.requestId,
    room: { ...refOf(view), ...(hides && { relayOnly: true }) },
    peer: "open",
  };
  return move(state, at, [
    ...closePeer(state.at),
    { type: "ready", roomId: view.roomId },
    { type: "open-peer", room: at.room },
  ]);
}

/** Whether the page's own connection had the time that it gets. The partner's, which began with it, may end a little sooner. */
function hadItsTime({ rules }: CallState, at: InRoom, now: number): boolean {
  if (at.phase === "connected") return false;
  return now >= (at.phase === "connecting" ? at.until : at.ladder.boundUntil) - rules.slackMs;
}

/**
 * Back to the queue after a connection that did not come about, or broke for good. A page whose connections all fail meets
 * nobody else: each of them would wait for it in vain. One that had no time to come about says nothing of that, and partners
 * could bring about as many as they like (SPEC M9).
 */
export function searchAfterFailure(
  before: CallState,
  at: InRoom,
  now: number,
  options: { readonly givingUp: boolean; readonly own?: boolean },
): CallStep {
  const { givingUp, own = hadItsTime(before, at, now) } = options;
  const peerFailures = { all: before.peerFailures.all + 1, own: before.peerFailures.own + (own ? 1 : 0) };
  const state = { ...before, peerFailures };
  if (peerFailures.own >= state.rules.failures) return fail(state, PROBLEMS.peerUnreachable);
  const { requestId, room } = at;
  return search(state, now, { requestId, former: room.roomId, givingUp, since: now, placed: true });
}

/** The connection does not come about: both go back to their places in the queue. */
export function giveUp(
  state: CallState,
  at: InRoom,
  now: number,
  options: { readonly own?: boolean } = {},
): CallStep {
  return searchAfterFailure(state, at, now, { ...options, givingUp: true });
}

export function partnerLeft(state: CallState, at: InRoom, reason: RoomEndReason, now: number): CallStep {
  const nextAt = now + state.rules.autoNextMs;
  return move(state, { phase: "partner-left", requestId: at.requestId, reason, nextAt }, [
    { type: "close-peer" },
  ]);
}

/** The partner is gone for this page, and says so only by what they did (SPEC R18). */
export function leaveMisuser(state: CallState, at: InRoom, now: number): CallStep {
  const step = partnerLeft(state, at, "flood", now);
  return { ...step, effects: [...step.effects, LEAVE] };
}

/** Gives everything back and says nothing to the service, so that the person can go on later. */
export function keep(state: CallState): CallStep {
  return move(
    { ...state, online: false, blocked: undefined, peerFailures: NO_FAILURES },
    { phase: "idle" },
    KEEP,
  );
}

const RELEASE: readonly CallEffect[] = [
  { type: "close-peer" },
  { type: "leave" },
  { type: "disconnect" },
  { type: "release-media" },
];
const KEEP = RELEASE.filter(({ type }) => type !== "leave");

/** Ends the chat with an error, giving everything back but the room that the person is on the way to. */
export function fail(state: CallState, error: ChatError): CallStep {
  const target = error === PROBLEMS.callOver ? undefined : targetOf(state);
  return move({ ...state, online: false }, { phase: "failed", error, target }, target ? KEEP : RELEASE);
}

/** Ends the chat, giving everything back. In a pause the `leave`, too, may have to wait. */
export function idle(before: CallState, now: number): CallStep {
  const state = { ...before, online: false, blocked: undefined, peerFailures: NO_FAILURES };
  return before.online && pauseOf(before, now) !== undefined
    ? leaveSurely(state)
    : move(state, { phase: "idle" }, RELEASE);
}
