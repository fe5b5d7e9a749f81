import type { IceServer } from "@serendip/protocol";
import type { IceReading } from "../words/chat-health.ts";

/** Tries ICE servers without a partner. */
export interface IceGatherer {
  /**
   * Tries each address on its own, all at once: a STUN server has to name our public address, a TURN server to give a relay
   * address. Ends after `limitMs` at the latest, or when `signal` aborts, and lets go of all it opened. Never rejects.
   *
   * @returns `busy`: the page had so little time for itself meanwhile that silence says nothing.
   */
  gather(
    servers: readonly IceServer[],
    limitMs: number,
    signal: AbortSignal,
  ): Promise<{ readonly readings: readonly IceReading[]; readonly busy: boolean }>;
}
