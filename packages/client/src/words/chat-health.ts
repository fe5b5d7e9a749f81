import type { IceFault, RelayState } from "@serendip/protocol";

/** What is wrong with one ICE server; it is left out, and calls go on with the others (SPEC K15). */
export interface IceServerFault {
  /** `turn-…`: the server was asked and did not do its work; the others: its configuration cannot be used. */
  readonly code: IceFault["code"] | "turn-unreachable" | "turn-unauthorized";
  /** Without a credential. */
  readonly url: string;
  /** For whoever configured it: what is wrong and what to do. Never names a credential. */
  readonly sentence: string;
}

/** What calls have to get through the networks between two people. */
export interface IceStatus {
  /** `unknown`: no server has been named yet; `none`: only direct connections within a network. */
  readonly mode: "unknown" | "none" | "stun-only" | "turn";
  readonly faults: readonly IceServerFault[];
  /** The person wants no partner to see their network address; counts from the next match on. */
  readonly relayOnly: boolean;
  /** Whether `relayOnly` can work: the service says so (SPEC K13; `unknown` until it was asked), and the health check does not say otherwise. */
  readonly relay: RelayState | "unknown";
}

/** A finding of the health check. */
export type HealthCode =
  | "signaling-unreachable"
  /** The service answers, and takes nobody at the moment. */
  | "signaling-not-ready"
  /** The service answers over HTTP, and the socket does not come about: a proxy may be in the way. */
  | "socket-blocked"
  | "media-unavailable"
  | "stun-unreachable"
  | "turn-unreachable"
  | "turn-unauthorized"
  /** It was reached and takes the account, and has no relay to give at the moment. */
  | "turn-busy"
  /** It was not asked: the service gives no account for it, because there were too many checks from this network. */
  | "checks-limited"
  /** The service was not looked at: it wants nothing at the moment, because there were too many requests from this network. */
  | "requests-limited"
  /** No answer within the time that was given: says nothing, the machine may have been busy. */
  | "no-answer";

export interface HealthItem {
  readonly state: "ok" | "failed" | "unknown" | "not-configured";
  /** Undefined when `ok` or `not-configured`. */
  readonly why: HealthCode | undefined;
}

/** What became of one address of an ICE server that was tried on its own. */
export interface IceReading {
  readonly url: string;
  /**
   * `answered`: it named our public address (STUN) or gave a relay address (TURN); `unauthorized`: it refused the
   * credentials; `full`: it takes them, and has no relay to give at the moment; `unreachable`: the browser could not get to
   * it; `silent`: nothing within the time that was given.
   */
  readonly outcome: "answered" | "unauthorized" | "full" | "unreachable" | "silent";
}

/** What was found beside the first search, before the first call (a search never waits for it). */
export interface HealthReport {
  /** When it was complete: a reading of the engine's clock, milliseconds. */
  readonly at: number;
  /** How many times the services were looked at, 1 or 2. */
  readonly attempts: number;
  readonly signaling: HealthItem;
  readonly media: HealthItem;
  readonly stun: HealthItem;
  readonly turn: HealthItem;
}
