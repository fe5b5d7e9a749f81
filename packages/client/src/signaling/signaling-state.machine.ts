import { type ByeCode, type ErrorBody, type ErrorCode, type ServerBody, TIMES } from "@serendip/protocol";
import type { Backoff } from "@serendip/time";
import type { ChatError } from "../words/chat-error.ts";
import { type Lines, silentAt } from "./lines.machine.ts";
import type { RefreshPlan } from "./token-refresh.machine.ts";
import type { KeptPolling, LineEnd, Way, WayMemory } from "./ways.machine.ts";

/** Figures of the reconnect policy. */
export const SIGNALING_RULES = {
  /** One attempt (token, socket, hello) takes no longer. */
  attemptMs: 10_000,
  /** So long more where the token takes the page some work, or its person a check. */
  challengeMs: 120_000,
  /**
   * The slow lane begins so long after the first of a row of attempts, and after so many of them: a service that is away costs each
   * attempt a moment, and one that is silent all of its time.
   */
  fast: { forMs: 25_000, attempts: 5 },
  /**
   * Pauses between the fast attempts: below 0.5 s at first and below 5 s at last, and at least half of that. Whoever waits for a service
   * that starts anew within a second or two tries again soon after it is there.
   */
  backoff: { firstMs: 500, factor: 1.3, capMs: 5_000 } satisfies Backoff,
  /** A pause that the service asks for without saying how long. */
  unsaidMs: 1_000,
  /** Pauses of the slow lane. */
  slow: { firstMs: 15_000, lastMs: 30_000 },
  /** The same in a call: both sides have to come back while a reviving room waits for the second one (SPEC T2). */
  slowInCall: { firstMs: 4_000, lastMs: 9_000 },
  /**
   * While a call's media is interrupted: attempts are short and follow each other soon, because one that was begun while the
   * network was cut waits ever longer for its next packet (RFC 6298 section 5). They do not count towards the slow lane.
   * Not shorter still: browsers slow a page down whose WebSockets fail often. An attempt counts as not heard when the network
   * is known to be there and it is older than twice what the last one took, but at least `unheardMs` and at most
   * `longestUnheardMs`.
   */
  urgent: {
    attemptMs: 3_500,
    longestMs: 6_000,
    firstMs: TIMES.returnMs,
    lastMs: 700,
    unheardMs: 250,
    longestUnheardMs: 1_000,
  },
  /** Pause before a page that is to leave a server tries again beside its connection: a balancer needs as long to notice. */
  move: { firstMs: 2_000, lastMs: 4_000 },
  /** A connection that was lost sooner counts as a failed attempt, so that a server that drops everybody is not hammered. */
  stableMs: 5_000,
  /** Who is sent away from a full service comes back up to so much later than asked, so that not all come at once. */
  fullSpread: 0.5,
} as const;

/** Why the service wants no attempt of this page for a while: it is full, or this page goes too fast. */
export type HoldReason = "full" | "too-fast";

/** Codes of errors and byes that say so. */
export function reasonToHold(code: ErrorCode | ByeCode): HoldReason | undefined {
  if (code === "server_full") return "full";
  return code === "rate_limited" ? "too-fast" : undefined;
}

export interface Connecting {
  readonly name: "connecting";
  readonly id: number;
  readonly attempt: number;
  readonly since: number;
  readonly until: number;
  readonly force: boolean;
  /** Begun because the network is there, or the service has just answered: it gets its whole time. */
  readonly prompted?: boolean;
  /** It says hello with a token that the page had: nobody has shown yet that the service is there. */
  readonly kept?: true;
  /** It takes over a connection of this page, whose token it shows. */
  readonly moves?: true;
  /** How often in a row an attempt was made anew at once, because the service knew a newer connection of this tab. */
  readonly anew?: number;
  /** The token takes the page some work first, or its person a check (SPEC B14); meanwhile there are no lines. */
  readonly challenged?: true;
  /** Absent before the tab's memory was read, and where the first line did not last until the token came. */
  readonly lines?: Lines;
}

/** The connection to the signaling service, as a state with its own deadline. */
export type SignalingPhase =
  | { readonly name: "closed" }
  /** The one attempt under way. */
  | Connecting
  | {
      readonly name: "online";
      readonly id: number;
      /** The attempt that led here. */
      readonly attempt: number;
      readonly since: number;
      readonly token: RefreshPlan;
      readonly way: Way;
      /** A WebSocket is being opened beside a connection by polling; it is given up at `until`. */
      readonly trial?: { readonly until: number };
      /** The server stops soon: a connection is opened beside this one at `at`; `attempt`: it is under way (SPEC D3). */
      readonly move?: { readonly at: number; readonly attempt?: Connecting };
    }
  /** `attempt` starts at `retryAt`. */
  | {
      readonly name: "waiting";
      readonly attempt: number;
      readonly retryAt: number;
      readonly force: boolean;
      /** The server asked for the pause, or the network was there already: it is not cut short because the network is there. */
      readonly firm?: boolean;
    }
  | { readonly name: "offline"; readonly attempt: number; readonly retryAt: number; readonly force: boolean }
  /** Another tab has taken over; only a person's word brings this one back. */
  | { readonly name: "superseded" }
  /** Trying again by itself would not help. */
  | { readonly name: "refused"; readonly error: ChatError };

export interface SignalingState {
  readonly at: SignalingPhase;
  /** Of the newest attempt; what carries another id is late. */
  readonly lastId: number;
  /** When that one was begun; undefined before the first. */
  readonly begunAt: number | undefined;
  /** The slow lane does not begin sooner: set by the first of a row of attempts. */
  readonly fastUntil: number;
  /** Attempts since it was opened, for diagnostics. */
  readonly attempts: number;
  readonly retryWindowMs: number;
  /** The token was already renewed without the old one: a second refusal is final. */
  readonly renewed: boolean;
  readonly refreshedAt: number | undefined;
  /** What the last attempt that worked took, milliseconds. */
  readonly tookMs: number;
  /** An attempt has failed, and none has worked since. */
  readonly troubled: boolean;
  /** What is known of the ways; undefined before the tab's memory was read. */
  readonly ways: WayMemory | undefined;
  /** The newest connection that was closed without a word. */
  readonly closed: { readonly way: Way; readonly at: number } | undefined;
  /** An attempt over both ways has come to nothing although a token was to be had, and none has worked since. */
  readonly bothFailed: boolean;
  /** Until then nothing begins an attempt, not even a press (SPEC B11). It stays until something else is known of the service. */
  readonly held: { readonly until: number; readonly why: HoldReason } | undefined;
  /** When the session was taken by something else with this tab's memory, latest last. */
  readonly takenBackAt: readonly number[];
}

/** What happens to the connection to the service. `id` names the attempt or connection that it is about. */
export type SignalingEvent =
  /** The person's chat needs the service; `force` takes over from another tab. */
  | { readonly type: "open"; readonly force: boolean }
  | { readonly type: "close" }
  /** No token, for a reason that may pass. */
  | {
      readonly type: "attempt-failed";
      readonly id: number;
      readonly why?: HoldReason | undefined;
      readonly retryAfterMs?: number | undefined;
    }
  /** The tab's memory was read, and a line can be opened. `polling`: what it says of the ways. */
  | { readonly type: "remembered"; readonly id: number; readonly polling: KeptPolling | undefined }
  /** The token is here, and hello can be said. `kept`: it is one that the page had. */
  | { readonly type: "ready"; readonly id: number; readonly kept?: boolean | undefined }
  /** The hello can be said over this line. */
  | { readonly type: "line-open"; readonly id: number; readonly way: Way }
  | { readonly type: "line-closed"; readonly id: number; readonly way: Way; readonly end: LineEnd }
  /** The identity provider says no. */
  | { readonly type: "identity-refused"; readonly id: number }
  /** No token without a check that was not passed; `missing`: that this page cannot even show. */
  | { readonly type: "unanswerable"; readonly id: number; readonly missing: boolean }
  /** The token takes the page some work first (SPEC B14). */
  | { readonly type: "challenged"; readonly id: number }
  | { readonly type: "hello-refused"; readonly id: number; readonly error: ErrorBody }
  | {
      readonly type: "welcomed";
      readonly id: number;
      readonly tokenExpiresInMs: number;
      readonly retryWindowMs: number;
    }
  | { readonly type: "lost"; readonly id: number; readonly end: LineEnd }
  | { readonly type: "bye"; readonly id: number; readonly bye: ServerBody<"bye"> }
  /** The server stops soon. */
  | { readonly type: "draining"; readonly id: number; readonly delayMs: number }
  /** The two sides disagree, or the partner needs a new generation: say hello again. */
  | { readonly type: "resync" }
  /** The connection has given no answer to a request. */
  | { readonly type: "unheard"; readonly id: number }
  /** The connection gives no answer, whatever the transport believes, and a call needs one. */
  | { readonly type: "unanswered"; readonly id: number }
  /** The way to the network is another one. */
  | { readonly type: "network-changed" }
  /** A call needs the service now. */
  | { readonly type: "hurry" }
  /** The network is there. */
  | { readonly type: "reached" }
  /** Waiting has become pointless: the network is back or the page is visible. */
  | { readonly type: "promising" }
  /** The person asks for an attempt at once. */
  | { readonly type: "retry-now" }
  | { readonly type: "token-refreshed"; readonly id: number; readonly expiresInMs: number }
  | { readonly type: "refresh-failed"; readonly id: number; readonly retryAfterMs?: number | undefined }
  | { readonly type: "tick" };

/** What is to be done, in this order. */
export type SignalingEffect =
  /** Get a token (a new one, without the old one, when `renew`). `urgent`: one that is still good for a moment will do. */
  | {
      readonly type: "attempt";
      readonly id: number;
      readonly force: boolean;
      readonly renew: boolean;
      readonly urgent: boolean;
      /** The live connection stays meanwhile. */
      readonly beside?: true;
    }
  /** Open a line of the attempt; say hello over it; let go of it. */
  | { readonly type: "dial" | "greet" | "drop"; readonly id: number; readonly way: Way }
  /** The attempt beside the live connection takes its place; that one is closed. */
  | { readonly type: "promote"; readonly id: number }
  /** Give up the attempt or close the connection. */
  | { readonly type: "abandon"; readonly id: number }
  /** Fetch a token and hand it over on the live socket. */
  | { readonly type: "refresh-token"; readonly id: number };

export interface SignalingStep {
  readonly state: SignalingState;
  readonly effects: readonly SignalingEffect[];
}

export const CLOSED_SIGNALING: SignalingState = {
  at: { name: "closed" },
  lastId: 0,
  begunAt: undefined,
  fastUntil: 0,
  attempts: 0,
  retryWindowMs: 0,
  renewed: false,
  refreshedAt: undefined,
  tookMs: 0,
  troubled: false,
  ways: undefined,
  closed: undefined,
  bothFailed: false,
  held: undefined,
  takenBackAt: [],
};

/** The attempt or connection that the page goes by, of which there is at most one. */
export function liveId(at: SignalingPhase): number | undefined {
  return at.name === "connecting" || at.name === "online" ? at.id : undefined;
}

/** The attempt beside the live connection. */
export function successorId(at: SignalingPhase): number | undefined {
  return at.name === "online" ? at.move?.attempt?.id : undefined;
}

/** When the state wants to be asked again. */
export function deadlineOf(state: SignalingState): number | undefined {
  const { at } = state;
  switch (at.name) {
    case "connecting":
      return earliest(at.until, at.lines && silentAt(at.lines));
    case "online":
      return earliest(earliest(at.token.at, at.trial?.until ?? trialAt(state)), moveAt(state));
    case "waiting":
    case "offline":
      return at.retryAt;
    case "closed":
    case "superseded":
    case "refused":
      return undefined;
  }
}

function moveAt(state: SignalingState): number | undefined {
  const { at } = state;
  if (at.name !== "online") return undefined;
  return at.move?.attempt ? deadlineOf({ ...state, at: at.move.attempt }) : at.move?.at;
}

/** When WebSocket is tried again beside a connection by polling; not while the page moves to another server. */
export function trialAt({ at, ways }: SignalingState): number | undefined {
  return at.name === "online" && at.way === "polling" && at.trial === undefined && at.move === undefined
    ? ways?.webSocketAt
    : undefined;
}

const earliest = (a: number, b: number | undefined): number => Math.min(a, b ?? a);
