import type { AwayCause, RequestId, SessionId, TabId, UserId } from "@serendip/protocol";
import type { Deadline } from "../collections/deadlines.ts";
import type { Room } from "./room.ts";
import type { Due } from "./state.ts";

/** Whether a session has a socket. Without one it is in grace, which ends with the return or at `until`. */
export type Presence =
  | { readonly kind: "connected"; readonly socketId: string }
  | {
      readonly kind: "away";
      readonly cause: AwayCause;
      readonly since: number;
      readonly until: number;
      /** Whether the partner's word that media flows keeps the place. */
      readonly held: boolean;
      readonly grace: Deadline<Due>;
    };

/** What a session is doing: exactly one thing (SPEC S9). */
export type Place =
  | { readonly kind: "idle" }
  | { readonly kind: "queued"; readonly search: Search }
  | { readonly kind: "in-room"; readonly room: Room };

export interface TabConnection {
  readonly tabId: TabId;
  readonly connection: number;
}

/** One person's tab; survives sockets. */
export interface Session {
  readonly sessionId: SessionId;
  readonly userId: UserId;
  /** Undefined: not known, and so never the same as another's. */
  deviceGroup: string | undefined;
  /** Undefined: not known, and so never the same as another's. */
  networkKey: string | undefined;
  /** What the standing of this person's device is kept by (SPEC M10). */
  deviceKey: string;
  tabId: TabId;
  resumeSecret: string;
  epoch: number;
  presence: Presence;
  place: Place;
  /** The newest connection that each of the person's latest tabs has shown, also in a hello that was refused; latest tab last (SPEC S10). */
  newestConnections: readonly TabConnection[];
  /** Instants of takeovers by other tabs, oldest first; at most `takeoverLimit` of them. */
  takenOverAt: readonly number[];
}

/**
 * One search for a partner, from `find` until it is given up. It outlives a match, so that a match that comes to nothing
 * gives the old place back.
 */
export interface Search {
  readonly session: Session;
  /** The request id of the latest `find` of this search. */
  requestId: RequestId;
  /** Whether the latest `find` asked that neither side sees the other's address (SPEC K5). */
  relayOnly: boolean;
  /** Whether the latest `find` said that camera and microphone are there, so that `ready` comes soon (SPEC M6). */
  mediaReady: boolean;
  /** When the present stay in the queue began: with the search, or with the end of the room that it led to (SPEC M14). */
  waitsSince: number;
  readonly startedAt: number;
  /** Tells searches of the same instant apart; lower is earlier. */
  readonly order: number;
  /** Users to whom no connection could be made. */
  readonly failedWith: Set<UserId>;
  /** The deadline at which another waiting search becomes acceptable. */
  retry: Deadline<Due> | undefined;
}
