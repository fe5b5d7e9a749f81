/** Everything that can go wrong for a person, by cause. The UI switches on the code, never on message text. */
export type ChatErrorCode =
  | "media-unsupported"
  | "media-insecure"
  | "media-dismissed"
  | "media-denied"
  | "media-denied-by-system"
  | "media-denied-by-policy"
  | "media-not-found"
  | "media-in-use"
  | "media-overconstrained"
  | "media-aborted"
  | "media-lost"
  /** The system or the person's keyboard lets nothing of it through; it comes back by itself. */
  | "media-muted-by-system"
  /** What was refused is permitted now: another try will do. */
  | "media-allowed"
  | "server-unreachable"
  | "server-busy"
  | "session-replaced"
  | "call-over"
  | "identity-refused"
  | "version-mismatch"
  | "protocol-fault"
  | "relay-unavailable"
  | "peer-unsupported"
  | "peer-timeout"
  | "peer-failed";

/** The one thing that helps; the UI offers it as a button (`none`, `wait`: no button). */
export type RecoveryAction =
  | "none"
  | "wait"
  | "try-again"
  | "join-without"
  | "choose-device"
  | "retry-now"
  | "use-here"
  | "find-another"
  | "reload"
  | "next";

export type MediaKind = "camera" | "microphone";

/** A failure that concerns the person: the chat stops (`fatal`) or goes on with less (`degraded`). */
export interface ChatError {
  readonly code: ChatErrorCode;
  readonly severity: "fatal" | "degraded";
  readonly action: RecoveryAction;
  /** Which device, for `media-…` codes that concern only one. */
  readonly device?: MediaKind;
  /** The earliest time at which trying again makes sense, milliseconds. */
  readonly retryAfterMs?: number;
  /** For diagnostics; never shown. */
  readonly cause?: unknown;
}
