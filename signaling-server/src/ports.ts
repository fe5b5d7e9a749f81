import type { ErrorBody, RoomId, ServerBody, ServerEvent, UserId } from "@serendip/protocol";
import type { TicketClaims } from "./domain/lobby/command.ts";

/**
 * Brings events to sockets.
 *
 * Guarantees: events for one socket arrive in the order of the calls, an unknown or closed socket is ignored, and no call
 * throws or waits.
 */
export interface Courier {
  /** False: there is no such socket here, or it has been closed. */
  deliver<Event extends ServerEvent>(socketId: string, event: Event, body: ServerBody<Event>): boolean;
  /** Asks whether anybody is there, and closes the connection as silent when no answer comes in time (SPEC G7). */
  probe(socketId: string): void;
  /** Says bye as the last event and closes the connection (SPEC W8). */
  dismiss(socketId: string, bye: ServerBody<"bye">): void;
}

/** Makes what nobody can guess: at least 128 random bits, in the alphabet of a wire id. */
export interface IdSource {
  id(): string;
  secret(): string;
}

/** Who a token speaks for, and until when. */
export interface Identity {
  readonly userId: UserId;
  /** Random per browser profile; undefined where the identity does not say. */
  readonly deviceGroup: string | undefined;
  /** How long the token was still good for when it was read; less than 0 within the leeway. */
  readonly expiresInMs: number;
}

export type TokenVerdict =
  | { readonly ok: true; readonly identity: Identity }
  | { readonly ok: false; readonly code: "token_expired" | "token_invalid" };

/** Tells whether a token is good: this service's own ones, or those of an identity provider. */
export interface TokenVerifier {
  /** A verdict about the token. Rejects only when none could be had, for a reason that may pass. */
  verify(token: string): Promise<TokenVerdict>;
}

/** A verdict with a failing provider as one of its values (SPEC S2). */
export type IdentityVerdict =
  | { readonly ok: true; readonly identity: Identity }
  | { readonly ok: false; readonly error: ErrorBody };

/** Makes this service's own tokens. */
export interface TokenSigner {
  mint(who: { readonly userId: UserId; readonly deviceGroup: string | undefined }): {
    readonly token: string;
    readonly expiresInMs: number;
  };
  /** The identity of a token that was good not long ago, so that it can be continued; undefined for anything else. */
  recall(token: string): Promise<Pick<Identity, "userId" | "deviceGroup"> | undefined>;
}

/** Makes and reads a room's tickets (SPEC T1). Nothing throws. */
export interface TicketSigner {
  /** What a person is called in the tickets of one room; it says nothing about them elsewhere. */
  nameIn(roomId: RoomId, userId: UserId): string;
  sign(claims: Omit<TicketClaims, "me">): string;
  /** Undefined when the ticket is forged, malformed or over, or was not made for this person. */
  read(ticket: string, bearer: UserId): TicketClaims | undefined;
}

export type LogFields = Readonly<Record<string, unknown>>;

/**
 * `info`: one line per change of a session or room, with ids. Never a token, a secret, SDP or an address. Nobody waits for
 * a line to be written. Who says the same again and again is counted instead; a line's source is its `sessionId`, else
 * `roomId`, else `network`. A `userId` is written as `userHash`, another one each day.
 */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** What a TURN server asks of whoever wants it to relay. */
export interface TurnAccount {
  readonly username: string;
  readonly credential: string;
}

/** Makes accounts that a TURN server takes for a while (SPEC K19). */
export interface TurnMinter {
  /** An account whose name does not show who it is for. */
  mint(forWhom: string, ttlMs: number): TurnAccount;
}

/** A number that a name stands for. */
export interface HostAddress {
  readonly address: string;
  readonly family: "IPv4" | "IPv6";
}

/** Finds the addresses of names. */
export interface NameResolver {
  /**
   * All of them, of both families, the preferred one first. Cannot be cancelled. Rejects with the system's error, whose
   * `code` says why.
   */
  addressesOf(name: string): Promise<readonly HostAddress[]>;
}

/**
 * Why a TURN server does not work: its name is not resolved; this machine has no route to it; nobody answers; its TLS
 * certificate is no good; it speaks no TLS; it refuses the credentials; it has no room; it permits no peer; it permits
 * every peer but another relayed address of its own (it works by half, then); nothing comes through; it refuses for another
 * reason.
 */
export type TurnFault =
  | "unresolved"
  | "no-route"
  | "unreachable"
  | "tls"
  | "no-tls"
  | "unauthorized"
  | "quota"
  | "no-permission"
  | "no-hairpin"
  | "no-echo"
  | "refused";

/** An address of a server that does not work while another one does. */
export interface AddressFault extends HostAddress {
  readonly why: TurnFault;
  /** For an operator; has no secret in it. */
  readonly sentence: string;
}

/**
 * What a check of a TURN server has found (SPEC K8). `sentence` is for an operator, and has no secret in it; `faults` are of
 * those of its addresses that are worse than the best.
 */
export type TurnVerdict =
  | {
      readonly state: "up";
      /** What a packet needed through two of its relayed addresses. */
      readonly relayMs: number;
      readonly faults: readonly AddressFault[];
    }
  | {
      readonly state: "half-up";
      readonly why: TurnFault;
      readonly sentence: string;
      readonly faults: readonly AddressFault[];
    }
  | { readonly state: "down"; readonly why: TurnFault; readonly sentence: string };

/** Finds out whether a TURN server relays, by relaying (SPEC K6). */
export interface TurnChecker {
  /** Ends within a time that it knows, and at once when `left` is aborted. Never rejects. */
  checkTurn(url: string, account: TurnAccount, left?: AbortSignal): Promise<TurnVerdict>;
}
