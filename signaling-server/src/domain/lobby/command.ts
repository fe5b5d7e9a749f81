import type {
  AwayCause,
  Crowd,
  ErrorCode,
  Hello,
  RequestId,
  Role,
  RoomEndReason,
  RoomId,
  ServerBody,
  ServerRequestBody,
  SessionId,
  SessionState,
  TabId,
  UserId,
} from "@serendip/protocol";

/** The claims of a room's ticket whose signature has been verified (SPEC T1, T2). */
export interface TicketClaims {
  readonly roomId: RoomId;
  readonly generation: number;
  /** The user who shows the ticket, by the token. */
  readonly me: UserId;
  /**
   * Names of the two members in the tickets of this room. Two tickets belong together when the `partner` of each is the `me`
   * of the other.
   */
  readonly names: { readonly me: string; readonly partner: string };
  readonly role: Role;
  /** The request that led this side to the room. */
  readonly requestId: RequestId;
  /** Neither side of the room sees the other's address (SPEC K5). */
  readonly relayOnly: boolean;
}

/** The session that sends a command, through the socket that attached to it last. */
export interface Caller {
  readonly sessionId: SessionId;
  readonly epoch: number;
}

/** Why a socket is gone. `bye`: on purpose, so there is no grace. */
export type DetachCause = AwayCause | "bye";

/** Whom the operator shuts out: a person by user id, or all people of a browser profile; capitals make no difference. */
export interface ShutOut {
  readonly kind: "userId" | "deviceGroup";
  readonly id: string;
}

/** Whose a session is. */
export interface SessionOwner {
  readonly userId: UserId;
  readonly deviceGroup: string | undefined;
}

/** Why a session has ended. */
export type CloseCause = DetachCause | "stale" | "grace-over" | "shut-out";

/** Everything that can happen to the lobby. A command is applied whole or not at all. */
export type Command =
  | {
      readonly type: "attach";
      readonly userId: UserId;
      /** Random per browser profile; undefined where the token names none. */
      readonly deviceGroup: string | undefined;
      /** A keyed hash of the network that the hello came from; undefined where it is not known. */
      readonly networkKey: string | undefined;
      /** A keyed hash of the device, or of the user where no device is known: what standing is kept by (SPEC M10). */
      readonly deviceKey: string;
      readonly tabId: TabId;
      /**
       * Number of the hello's connection among those of its tab (SPEC S10); undefined where the page does not count them.
       */
      readonly connection: number | undefined;
      readonly socketId: string;
      readonly force: boolean;
      readonly resume: Hello["resume"];
      readonly ticket: TicketClaims | undefined;
      /** Id of the session, in case a new one has to be made. */
      readonly newSessionId: SessionId;
      readonly newResumeSecret: string;
    }
  | { readonly type: "detach"; readonly caller: Caller; readonly cause: DetachCause }
  | {
      readonly type: "find";
      readonly caller: Caller;
      readonly requestId: RequestId;
      /** Whether the caller asks that neither side sees the other's address (SPEC K5). */
      readonly relayOnly: boolean;
      /** Whether the caller's page has its camera and microphone (SPEC M6). */
      readonly mediaReady?: boolean;
    }
  | { readonly type: "leave"; readonly caller: Caller; readonly requestId: RequestId }
  | {
      readonly type: "ready";
      readonly caller: Caller;
      readonly requestId: RequestId;
      readonly roomId: RoomId;
    }
  | {
      readonly type: "give-up";
      readonly caller: Caller;
      readonly requestId: RequestId;
      readonly roomId: RoomId;
    }
  /** The caller says that the peer connection of this generation does not come back (SPEC R10). */
  | {
      readonly type: "rebuild";
      readonly caller: Caller;
      readonly requestId: RequestId;
      readonly roomId: RoomId;
      readonly generation: number;
    }
  /** Whether the partner's media reaches the caller; without a generation the present one is meant (SPEC G6). */
  | {
      readonly type: "media";
      readonly caller: Caller;
      readonly roomId: RoomId;
      readonly generation?: number | undefined;
      readonly flowing: boolean;
    }
  /** Signals of this generation are lost, or too many wait for a partner who is away (SPEC R6, R14). */
  | {
      readonly type: "raise-generation";
      readonly caller: Caller;
      readonly roomId: RoomId;
      readonly generation: number;
      /** The caller's role in the new generation. */
      readonly role: Role;
    }
  /** The caller sends the partner more than any call needs, and does not wait when asked to (SPEC R17). */
  | { readonly type: "flooding"; readonly caller: Caller; readonly roomId: RoomId }
  /** Sessions, rooms and places of somebody end at once, in grace too (SPEC S16). */
  | { readonly type: "shut-out"; readonly who: ShutOut }
  /** Signs of life of sockets. One that is no longer a session's socket counts for nothing. */
  | { readonly type: "touch"; readonly callers: readonly Caller[] }
  /** The server stops soon: nobody is matched any more, and everybody keeps the place (SPEC D1). */
  | { readonly type: "drain" }
  /** Time has passed: everything due is carried out. */
  | { readonly type: "tick" };

interface NoticeOf<Event, Body> {
  readonly socketId: string;
  readonly sessionId: SessionId;
  readonly event: Event;
  readonly body: Body;
}

/** An event for the socket of one session. A session without a socket gets none; its next welcome says how things are. */
export type Notice =
  | {
      [Event in "matched" | "requeued" | "partner-away" | "partner-back" | "partner-left" | "bye"]: NoticeOf<
        Event,
        ServerBody<Event>
      >;
    }["matched" | "requeued" | "partner-away" | "partner-back" | "partner-left" | "bye"]
  /** The socket has to show that somebody is there (SPEC G7). */
  | NoticeOf<"probe", ServerRequestBody<"probe">>;

/** A member of a room, as the services around the kernel know it. */
export interface MemberView {
  readonly sessionId: SessionId;
  readonly userId: UserId;
  readonly role: Role;
  readonly requestId: RequestId;
}

/**
 * Where the two sides of a room come from. `apart`: from two networks; `same`: from one device or network; `unknown`: the
 * network of one is not known, and so both may be one person's.
 */
export type RoomOrigins = "apart" | "same" | "unknown";

/** What has happened, for the observers around the kernel: membership, relay, log and counters. */
export type Fact =
  | {
      readonly type: "session-opened";
      readonly sessionId: SessionId;
      readonly userId: UserId;
      readonly epoch: number;
      readonly socketId: string;
    }
  | {
      readonly type: "session-attached";
      readonly sessionId: SessionId;
      readonly epoch: number;
      readonly socketId: string;
      /** Welcomes that the page never heard, because they went into connections that were dead already. */
      readonly missedWelcomes: number;
      readonly how: "resumed" | "taken-over" | "moved-tab";
    }
  | {
      readonly type: "session-closed";
      readonly sessionId: SessionId;
      readonly cause: CloseCause;
    }
  | {
      readonly type: "grace-started";
      readonly sessionId: SessionId;
      readonly cause: DetachCause;
      readonly graceMs: number;
    }
  /** The end of a grace has moved: it is `graceMs` from now. */
  | {
      readonly type: "grace-moved";
      readonly sessionId: SessionId;
      readonly cause: DetachCause;
      readonly graceMs: number;
    }
  | { readonly type: "queued"; readonly sessionId: SessionId; readonly requestId: RequestId }
  | { readonly type: "unqueued"; readonly sessionId: SessionId; readonly requestId: RequestId }
  | {
      readonly type: "room-opened";
      readonly roomId: RoomId;
      readonly generation: number;
      readonly members: readonly [MemberView, MemberView];
      readonly relayOnly: boolean;
      readonly origins: RoomOrigins;
      /** How long each side had waited in the queue. */
      readonly waitedMs: readonly [number, number];
    }
  | {
      readonly type: "room-reviving";
      readonly roomId: RoomId;
      readonly generation: number;
      readonly member: MemberView;
      readonly relayOnly: boolean;
    }
  | { readonly type: "member-away"; readonly roomId: RoomId; readonly sessionId: SessionId }
  | { readonly type: "member-back"; readonly roomId: RoomId; readonly sessionId: SessionId }
  | {
      readonly type: "generation-raised";
      readonly roomId: RoomId;
      readonly generation: number;
      readonly members: readonly [MemberView, MemberView];
    }
  | { readonly type: "room-ended"; readonly roomId: RoomId; readonly reason: RoomEndReason };

/** What the sender of a command gets. Failures are values; whatever a command says, nothing is thrown. */
export type Answer =
  | { readonly ok: false; readonly code: ErrorCode }
  /** The tab has shown a newer connection already (SPEC S10). */
  | { readonly ok: false; readonly code: "stale_connection"; readonly newestConnection: number }
  /** The person has brought about too much; there is room again after this time (SPEC R17). */
  | { readonly ok: false; readonly code: "rate_limited"; readonly retryAfterMs: number }
  | { readonly ok: true; readonly type: "done" }
  | { readonly ok: true; readonly type: "state"; readonly state: SessionState; readonly crowd: Crowd }
  | {
      readonly ok: true;
      readonly type: "attached";
      readonly sessionId: SessionId;
      readonly resumeSecret: string;
      readonly epoch: number;
      readonly resumed: boolean;
      readonly state: SessionState;
    };

/** What a command brought about. */
export interface Outcome {
  readonly answer: Answer;
  readonly notices: readonly Notice[];
  readonly facts: readonly Fact[];
}

/** Numbers of what the lobby holds; all are zero when everybody has left (SPEC S9, G4). */
export interface LobbyStats {
  readonly sessions: number;
  readonly online: number;
  readonly waiting: number;
  readonly rooms: number;
  readonly graces: number;
  /** Remembered answers, pairs of recent partners, ids of ended rooms and what people have spent; all of them expire. */
  readonly memories: number;
  /** Devices and networks of whose conduct something is remembered (SPEC M15). */
  readonly standings: number;
}

/** How many sessions have which standing (SPEC M15). */
export type StandingCounts = Readonly<Record<"neutral" | "doubtful" | "low", number>>;

/** One session as an operator may see it: no address, no token, no secret. */
export interface SessionSummary {
  readonly sessionId: SessionId;
  readonly epoch: number;
  readonly connected: boolean;
  readonly state: SessionState;
  readonly waitingSince: number | undefined;
  readonly graceUntil: number | undefined;
}

/** One room as an operator may see it. */
export interface RoomSummary {
  readonly roomId: RoomId;
  readonly generation: number;
  readonly phase: "matched" | "in-call" | "reviving";
  readonly members: readonly SessionId[];
}
