import { type Crowd, type RoomEndReason, type SessionState, TIMES } from "@serendip/protocol";
import type { ChatError } from "../words/chat-error.ts";
import type { RoomRef } from "../words/room-ref.ts";
import { NO_FAILURES, type PeerFailures } from "./peer-failures.machine.ts";
import type { Ladder, LadderRules } from "./recovery/ladder.machine.ts";
import type { MediaFlow } from "./recovery/media-flow.machine.ts";

/** Limits of a call, milliseconds. */
export interface CallRules extends LadderRules {
  /** Pause between a partner's leaving and the next search. */
  readonly autoNextMs: number;
  /** A connection that is not made by then is given up. */
  readonly connectMs: number;
  /** Added to a grace, so that the server's own word about its end comes first. */
  readonly slackMs: number;
  /** Between two questions to the server while searching. */
  readonly askMs: number;
  /** Calls in a row that did not come about before the search ends. */
  readonly failures: number;
  /** By then after a capture began the code of calls has to be there (SPEC M9). */
  readonly codeMs: number;
  /** Before a question that failed is asked again. */
  readonly reaskMs: number;
}

export const CALL_RULES: CallRules = {
  autoNextMs: 3_000,
  connectMs: 15_000,
  slackMs: 1_000,
  askMs: 6_000,
  failures: 5,
  codeMs: 15_000,
  reaskMs: 500,
  boundMs: 60_000,
  stepMs: 5_000,
  aloneMs: 4_000,
  answerMs: TIMES.restartMs,
  missedRestarts: 6,
  rebuildAskMs: 2_000,
  // With returns between them there are then no more generations than with returns alone.
  generationMs: 2 * TIMES.returnMs,
  mendingMs: 10_000,
  checkedMs: 10_000,
  revivalMs: 200,
  closedMs: 3_000,
};

/** Whether there is a peer connection for the room's generation. */
export type PeerPresence = "open" | "gone";

/** The person goes back to a room, and the service has yet to say whether it is still there. */
export interface Returning {
  readonly phase: "returning";
  readonly since: number;
  readonly requestId: string;
  readonly target: ReturnTarget;
  /** The camera is there already: the service was lost meanwhile. */
  readonly captured: boolean;
}

/** The one room that will do. */
export interface ReturnTarget {
  readonly requestId: string;
  readonly roomId: string;
  /** It is gone by then. */
  readonly until: number;
}

export interface RequestingMedia {
  readonly phase: "requesting-media";
  readonly since: number;
  /** What comes of another capture is late. */
  readonly captureId: number;
  readonly requestId: string;
  /** What the server holds of us meanwhile; undefined while offline. */
  readonly server: SessionState | undefined;
  /** Camera and microphone are there, as far as they are to be had. */
  readonly captured: boolean;
  /** When the code of calls has to be there; undefined: it is. */
  readonly codeUntil: number | undefined;
  /** Any other room, or none, ends the chat. */
  readonly target?: ReturnTarget | undefined;
}

export interface Searching {
  readonly phase: "searching";
  readonly since: number;
  readonly requestId: string;
  readonly crowd: Crowd | undefined;
  /** The server has said that we are in the queue. */
  readonly placed: boolean;
  /** When to ask the server next; undefined while offline. */
  readonly askAt: number | undefined;
  /** The room that this search was in before: nothing leads back there. */
  readonly former: string | undefined;
  /** The server has yet to hear that `former` was given up. */
  readonly givingUp: boolean;
  /** The server had no capacity for the last question. */
  readonly busy: { readonly retryAfterMs: number } | undefined;
  /** The person's press has to wait until then (SPEC B10). */
  readonly waitsUntil?: number | undefined;
}

export interface Connecting {
  readonly phase: "connecting";
  readonly since: number;
  readonly until: number;
  readonly requestId: string;
  readonly room: RoomRef;
  readonly peer: PeerPresence;
}

/** Media flows; whatever happens to signaling meanwhile does not change that. */
export interface Connected {
  readonly phase: "connected";
  readonly since: number;
  readonly requestId: string;
  readonly room: RoomRef;
  /** `away`: the partner's connection to the service is gone. */
  readonly partner: "present" | "away";
  /** What ICE says. Alone it interrupts nothing: bytes may flow all the same. */
  readonly path: "up" | "down";
  /** What the bytes say that come in. */
  readonly flow: Exclude<MediaFlow, "gone">;
  /** An ICE restart of a call whose media flows. */
  readonly restart: PathRestart | undefined;
  /** Until then an interruption that is over here may not be over for the partner. */
  readonly mendingUntil?: number;
}

/** A change of the path that should not wait for the old one to break. */
export interface PathRestart {
  /** No other restart begins before; undefined while the next one waits for somebody who could be told. */
  readonly until: number | undefined;
  /** Another one has to follow. */
  readonly owed: boolean;
  /** So many more follow while nothing comes in: the first may have gone into a socket that is as dead as the path. */
  readonly left: number;
}

export interface Reconnecting {
  readonly phase: "reconnecting";
  readonly since: number;
  /** `closed`: the partner's page has closed the connection; the server will say what became of it. */
  readonly partner: "present" | "away" | "closed";
  readonly requestId: string;
  readonly room: RoomRef;
  readonly peer: PeerPresence;
  /** When media first flowed. */
  readonly connectedAt: number;
  readonly ladder: Ladder;
}

export interface PartnerLeft {
  readonly phase: "partner-left";
  readonly requestId: string;
  readonly reason: RoomEndReason;
  readonly nextAt: number;
}

export interface Failed {
  readonly phase: "failed";
  readonly error: ChatError;
  /** Where another try leads: what failed before the room was reached makes no other one do. */
  readonly target?: ReturnTarget | undefined;
}

/** The phases in which there is a room. */
export type InRoom = Connecting | Connected | Reconnecting;

/** What a person's chat is doing. */
export type CallPhase =
  | { readonly phase: "idle" }
  | Returning
  | RequestingMedia
  | Searching
  | InRoom
  | PartnerLeft
  | Failed;

export interface CallState {
  readonly at: CallPhase;
  readonly rules: CallRules;
  /** Makes the request ids of this engine unlike those of any other. */
  readonly seed: string;
  /** Of the newest request or capture. */
  readonly serial: number;
  /** Whether the signaling service hears us: a fact beside the phase, not part of it. */
  readonly online: boolean;
  /** Why the service will not have us; a running call goes on, no new search starts. */
  readonly blocked: ChatError | undefined;
  /** Whether the ICE servers at hand include a relay. */
  readonly turn: boolean;
  /** The person wants that nobody sees their address (SPEC K5). */
  readonly relayOnly: boolean;
  /** The room in which this side shows no address, whatever the wish is by now (SPEC K5); it may be over. */
  readonly hiddenRoom: string | undefined;
  /** Whether this page has found that no relay works from here; `checking`: it has, and looks again. */
  readonly relay: "unknown" | "failed" | "checking";
  /** What the newest `find` said of that; undefined where this page has sent none. */
  readonly lastFind: { readonly requestId: string; readonly relayOnly: boolean } | undefined;
  /** When the newest generation after the first of a room began; of any room. */
  readonly generationAt: number;
  readonly peerFailures: PeerFailures;
  /** The server takes no `find` of this person before (SPEC B10); it may be over. */
  readonly pausedUntil: number | undefined;
  /** The chat is over, but for the connection, over which the server has yet to take the `leave`. */
  readonly leaving: boolean;
}

/** @param seed random, 1–60 characters that an id may have. */
export function initialCall(seed: string, rules: CallRules = CALL_RULES): CallState {
  return {
    at: { phase: "idle" },
    rules,
    seed,
    serial: 0,
    online: false,
    blocked: undefined,
    turn: false,
    relayOnly: false,
    hiddenRoom: undefined,
    relay: "unknown",
    lastFind: undefined,
    generationAt: Number.NEGATIVE_INFINITY,
    peerFailures: NO_FAILURES,
    pausedUntil: undefined,
    leaving: false,
  };
}

/** When the state wants to be asked again. */
export function deadlineOf({ at }: CallState): number | undefined {
  switch (at.phase) {
    case "returning":
      return at.target.until;
    case "searching":
      return at.askAt;
    case "connecting":
      return at.until;
    case "connected":
      return at.restart?.until;
    case "reconnecting":
      return Math.min(at.ladder.stepUntil, at.ladder.boundUntil);
    case "partner-left":
      return at.nextAt;
    case "requesting-media":
      return at.codeUntil;
    case "idle":
    case "failed":
      return undefined;
  }
}
