import type {
  ChallengeAnswer,
  ErrorBody,
  MintRefusal,
  RoomId,
  ServerBody,
  ServerEvent,
  UserId,
} from "@serendip/protocol";
import type { FloodKind, FloodVerdict } from "./domain/flood.ts";
import type { TicketClaims } from "./domain/lobby/command.ts";
import type { DoorVerdict } from "./domain/network/door.ts";
import type { TokenLink } from "./domain/token-line.ts";

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

/**
 * Counts what people send to their partners, each person in all rooms and over all sockets (SPEC R17). It answers at once, so that
 * signals keep their order; where several servers share the counts, each of them goes by what it knows.
 */
export interface FloodMeter {
  take(userId: UserId, kind: Exclude<FloodKind, "generations">): FloodVerdict;
  /** Counts what was refused for another reason than the number of its kind; whether that is enough. */
  refuse(userId: UserId): { readonly isFlood: boolean };
  /** Number of people of whom something is known. */
  size(): number;
}

/**
 * Counts what comes from each network before it is known who asks (SPEC N4). It answers at once, and bounds how many networks it
 * remembers.
 */
export interface DoorMeter {
  /** Takes points for a request, unless that is too much. */
  ask(network: string, points: number): DoorVerdict;
  /** Takes points for what has been done already. */
  charge(network: string, points: number): void;
  /** Number of networks of which something is known. */
  size(): number;
}

/** Makes random ids and secrets: at least 128 bits, in the alphabet of a wire id. */
export interface IdSource {
  id(): string;
  secret(): string;
}

/** Who a token speaks for, and until when. */
export interface Identity {
  readonly userId: UserId;
  /** Random per browser profile; undefined where the token names none. */
  readonly deviceGroup: string | undefined;
  /** What was left of the token's life when it was read, milliseconds; below 0 within the leeway. */
  readonly expiresInMs: number;
}

export type TokenVerdict =
  | {
      readonly ok: true;
      readonly identity: Identity;
      /** Its place in its line of renewals; undefined for tokens of an identity provider. */
      readonly link?: TokenLink | undefined;
    }
  | { readonly ok: false; readonly code: "token_expired" | "token_invalid" };

/** Checks tokens: this service's own, or those of an identity provider. */
export interface TokenVerifier {
  /** Rejects only when no verdict could be had, for a reason that may pass (SPEC S2). */
  verify(token: string): Promise<TokenVerdict>;
}

/** A verdict about a token, in which a provider that fails is one of the errors (SPEC S2). */
export type IdentityVerdict =
  | { readonly ok: true; readonly identity: Identity }
  | { readonly ok: false; readonly error: ErrorBody };

/** Makes this service's own tokens. */
export interface TokenSigner {
  /** Makes a token; the first of a line unless there is one that it replaces. */
  mint(
    who: { readonly userId: UserId; readonly deviceGroup: string | undefined },
    replaced?: TokenLink,
  ): {
    readonly token: string;
    readonly expiresInMs: number;
  };
  /**
   * The identity in a token that is good or has expired not long ago, so that the person can go on (SPEC S1); undefined for
   * anything else.
   */
  recall(
    token: string,
  ): Promise<(Pick<Identity, "userId" | "deviceGroup"> & { readonly link: TokenLink }) | undefined>;
}

/**
 * Knows which tokens are used up because a later one has taken their place (SPEC S14). The memory may forget, after which an
 * old token counts again until a newer one of its line is used. Rejects only when no answer could be had.
 */
export interface TokenLines {
  /** Notes that a token was shown in a hello or in `refresh-token`; false: it is used up. */
  show(link: TokenLink): Promise<boolean>;
  /** Notes that a token is being replaced by a new one; false: it is used up. */
  replace(link: TokenLink): Promise<boolean>;
}

/** Who is shut out: a person by user id, or all people of a browser profile. */
export interface RevocationKey {
  readonly kind: "user" | "device";
  readonly id: string;
}

export interface Revocation extends RevocationKey {
  /** What is left of it, milliseconds. */
  readonly endsInMs: number;
}

/** Whom the operator has shut out, each for a time (SPEC S16). Rejects only when no answer could be had. */
export interface Revocations {
  /** Shuts somebody out for `forMs` from now, whatever was said before; false: there are too many already. */
  add(key: RevocationKey, forMs: number): Promise<boolean>;
  /** False: that one was not shut out. */
  remove(key: RevocationKey): Promise<boolean>;
  list(): Promise<readonly Revocation[]>;
  has(who: Pick<Identity, "userId" | "deviceGroup">): Promise<boolean>;
  /** From now on told of each one that is added, on whichever server it was. */
  follow(onAdded: (key: RevocationKey) => void): void;
}

/** Remembers what may be used only once. Rejects only when no answer could be had. */
export interface OnceOnly {
  /** Uses it up; `used`: it was used before; `full`: nothing more can be remembered at the moment. */
  use(key: string): Promise<"new" | "used" | "full">;
}

/** What a gatekeeper says about somebody who wants a new identity. */
export type GateVerdict = { readonly ok: true } | { readonly ok: false; readonly error: MintRefusal };

/** Decides who gets a new identity (SPEC S17). Never rejects. */
export interface Gatekeeper {
  /** @param networkKey a keyed hash of the asker's network; undefined where that is not known */
  judge(answer: ChallengeAnswer | undefined, networkKey: string | undefined): Promise<GateVerdict>;
}

/** Makes and reads a room's tickets (SPEC T1). Nothing throws. */
export interface TicketSigner {
  /** The name of a person in the tickets of one room; in other rooms the same person has other names. */
  nameIn(roomId: RoomId, userId: UserId): string;
  sign(claims: Omit<TicketClaims, "me">): string;
  /** Undefined when the ticket is forged, malformed or over, or was not made for this person. */
  read(ticket: string, bearer: UserId): TicketClaims | undefined;
}

export type LogFields = Readonly<Record<string, unknown>>;

/**
 * `info`: one line per change of a session or room, with ids. Never a token, a secret, SDP or an address. Nobody waits for a
 * line to be written. Lines that repeat too often are counted instead, by their source: the `sessionId`, else the `roomId`,
 * else the `network`. A `userId` is written as `userHash`, which changes each day.
 */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** The credentials of an account at a TURN server (RFC 8489 section 9.2). */
export interface TurnAccount {
  readonly username: string;
  readonly credential: string;
}

/** Makes accounts that a TURN server takes for a while (SPEC K19). */
export interface TurnMinter {
  /** Makes an account whose name does not show `forWhom` it is. */
  mint(forWhom: string, ttlMs: number): TurnAccount;
}

/** An IP address of a host. */
export interface HostAddress {
  readonly address: string;
  readonly family: "IPv4" | "IPv6";
}

/** Looks up host names. */
export interface NameResolver {
  /**
   * All addresses of a name, of both families, in the order of preference. A look-up cannot be cancelled. Rejects with the
   * system's error, whose `code` says why.
   */
  addressesOf(name: string): Promise<readonly HostAddress[]>;
}

/** Why a TURN server does not work. */
export type TurnFault =
  /** Its name has no address. */
  | "unresolved"
  /** This machine has no route to it. */
  | "no-route"
  /** It does not answer. */
  | "unreachable"
  /** Its TLS certificate is not one that browsers take. */
  | "tls"
  /** It does not speak TLS. */
  | "no-tls"
  /** It refuses the credentials. */
  | "unauthorized"
  /** It has no room for another allocation. */
  | "quota"
  /** It permits no peer at all. */
  | "no-permission"
  /** It permits peers, but not a relayed address of its own: it is half up. */
  | "no-hairpin"
  /** It permits the peer, and no packet comes through. */
  | "no-echo"
  /** It refuses for another reason. */
  | "refused";

/** An address that does not work, of a server that works through another one. */
export interface AddressFault extends HostAddress {
  readonly why: TurnFault;
  /** For an operator; holds no secret. */
  readonly sentence: string;
}

/**
 * What a check of a TURN server has found (SPEC K8). `sentence` is for an operator and holds no secret; `faults` are the
 * addresses of the server that do worse than its best one.
 */
export type TurnVerdict =
  | {
      readonly state: "up";
      /** Time that a packet took through two relayed addresses of the server, milliseconds. */
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
  /** Ends within the checker's own time limit, and at once when `left` is aborted. Never rejects. */
  checkTurn(url: string, account: TurnAccount, left?: AbortSignal): Promise<TurnVerdict>;
}
