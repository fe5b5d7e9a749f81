/** What people have in common whose TURN accounts are counted together (SPEC K19). */
export type TurnGroupKind = "network" | "device";

/** The credentials of an account at a TURN server (RFC 8489 section 9.2). */
export interface TurnAccount {
  readonly username: string;
  readonly credential: string;
}

/** Who gets an account at the TURN servers. */
export interface TurnUser {
  /** All accounts of a group have one name, so that a TURN server counts their relays together (SPEC K19). */
  readonly group: string;
  /** The one of the group who gets it. */
  readonly member: string;
}

/** An account at the TURN servers that ends by itself. */
export interface MintedAccount extends TurnAccount {
  /** What is left of its life. */
  readonly expiresInMs: number;
}

/** Makes accounts that a TURN server takes for a while (SPEC K19). */
export interface TurnMinter {
  /** Makes an account that shows neither group nor member; the same one again for a while (SPEC K20). */
  mint(user: TurnUser, ttlMs: number): MintedAccount;
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
  | {
      /** It takes the credentials, and has no room for another relay; those that there are may work on. */
      readonly state: "full";
      readonly why: TurnFault;
      readonly sentence: string;
      /** As of a server that is up, where the checker held relayed addresses from before; else undefined. */
      readonly relayMs: number | undefined;
      readonly faults: readonly AddressFault[];
    }
  | { readonly state: "down"; readonly why: TurnFault; readonly sentence: string };

/** Finds out whether a TURN server relays, by relaying (SPEC K6). */
export interface TurnChecker {
  /**
   * Checks a server again and again. Between the checks it holds two relayed addresses at each address of the server, so that
   * one that is full can be checked as well (SPEC K26).
   */
  watchTurn(url: string): TurnWatch;
}

/** A TURN server that is checked again and again. */
export interface TurnWatch {
  /** Ends within the checker's own time limit, and at once after `close`. Never rejects. One check at a time. */
  check(account: TurnAccount): Promise<TurnVerdict>;
  /** Gives back what it holds, and ends a check that is under way. */
  close(): void;
}
