import type { RelayState } from "@serendip/protocol";

/**
 * `refused`: it answered that it takes nobody; `full`: that it has as many people as it takes; `limited`: too many requests
 * came from this network (SPEC N4); `silent`: nothing usable came back.
 */
export interface ReadinessAnswer {
  readonly state: "ready" | "refused" | "full" | "limited" | "silent";
  /** With `limited`: when it makes sense to ask again, milliseconds from now; where it is said. */
  readonly retryAfterMs?: number | undefined;
}

/** Asks the signaling server over HTTP (SPEC H1). */
export interface Readiness {
  /** Whether it takes people. Never rejects. */
  ask(signal: AbortSignal): Promise<ReadinessAnswer>;
  /** Whether it can relay calls (SPEC K13); undefined: it does not say. Never rejects. */
  relay(signal: AbortSignal): Promise<RelayState | undefined>;
  /** Whether the way to it is open: anything at all answers. Never rejects. */
  reach(signal: AbortSignal): Promise<boolean>;
}
