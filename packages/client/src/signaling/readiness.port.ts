import type { RelayState } from "@serendip/protocol";

/** Asks the signaling server over HTTP (SPEC H1). */
export interface Readiness {
  /** Whether it takes people. `refused`: it answered that it does not; `silent`: nothing usable came back. Never rejects. */
  ask(signal: AbortSignal): Promise<"ready" | "refused" | "silent">;
  /** Whether it can relay calls (SPEC K13); undefined: it does not say. Never rejects. */
  relay(signal: AbortSignal): Promise<RelayState | undefined>;
  /** Whether the way to it is open: anything at all answers. Never rejects. */
  reach(signal: AbortSignal): Promise<boolean>;
}
