import type { IceServer } from "@serendip/protocol";

/** A connection for a partner who is not there yet (SPEC R19). */
export interface Ahead {
  /** `connection`: good for either role. `offer`: the initiator's first offer as well, which nobody is told yet. */
  readonly what: "connection" | "offer";
  /** Relays among them are asked for nothing before the match. */
  readonly iceServers: readonly IceServer[];
  /** The match brings a relay, whose candidates are wanted too: so nothing is gathered before it. */
  readonly waits: boolean;
  readonly stream: MediaStream | undefined;
}
