/** What a problem is about, which decides how it is shown and what trying again means. */
export type ChatErrorArea =
  /** Camera and microphone. */
  | "media"
  /** The way to the signaling service. */
  | "server"
  /** Who this page is to the service, and what both say to each other. */
  | "session"
  /** The page's own code: too old, or not all there. */
  | "page"
  /** Calls: whether this browser makes them, and their ways through the networks. */
  | "peer";

const AREA_OF = {
  "media-unsupported": "media",
  "media-insecure": "media",
  "media-dismissed": "media",
  "media-denied": "media",
  "media-denied-by-system": "media",
  "media-denied-by-policy": "media",
  "media-not-found": "media",
  "media-in-use": "media",
  "media-overconstrained": "media",
  "media-aborted": "media",
  "media-lost": "media",
  /** The system or the person's keyboard lets nothing of it through; it comes back by itself. */
  "media-muted-by-system": "media",
  /** What was refused is permitted now: another try will do. */
  "media-allowed": "media",
  "server-unreachable": "server",
  "server-busy": "server",
  /** As many people as it takes; it is tried again by itself, at `retryAt` of the connection. */
  "server-full": "server",
  /** The service wants nothing of this page for a while; as above. */
  "too-fast": "server",
  "session-replaced": "session",
  "call-over": "session",
  "identity-refused": "session",
  /** The site lets nobody in without a check, and this page has none of this kind (`solveChallenge`). */
  "challenge-missing": "session",
  /** That check was not passed. */
  "challenge-failed": "session",
  /** The operator has shut this person out for a while. */
  "access-revoked": "session",
  "version-mismatch": "page",
  "page-incomplete": "page",
  "protocol-fault": "session",
  "relay-unavailable": "peer",
  "peer-unsupported": "peer",
  "peer-timeout": "peer",
  "peer-failed": "peer",
  "peer-unreachable": "peer",
} as const satisfies Record<string, ChatErrorArea>;

/** Everything that can go wrong for a person, by cause. The UI switches on the code, never on message text. */
export type ChatErrorCode = keyof typeof AREA_OF;

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
  | "check";

export type MediaKind = "camera" | "microphone";

export const MEDIA_KINDS: readonly MediaKind[] = ["camera", "microphone"];

/** A failure that concerns the person: the chat stops (`fatal`) or goes on with less (`degraded`). */
export interface ChatError {
  readonly area: ChatErrorArea;
  readonly code: ChatErrorCode;
  readonly severity: "fatal" | "degraded";
  readonly action: RecoveryAction;
  /** Which device, in the area `media`, where it concerns only one. */
  readonly device?: MediaKind;
  /** The earliest time at which trying again makes sense, milliseconds. */
  readonly retryAfterMs?: number;
  /** For diagnostics; never shown. */
  readonly cause?: unknown;
}

/** An error with the area of its code. */
export function chatError(error: Omit<ChatError, "area">): ChatError {
  return { area: AREA_OF[error.code], ...error };
}

/** `partner`: what the partner sent may be why, which says nothing of whether this page can be called (SPEC M9). */
export type FailedBy = "partner";
