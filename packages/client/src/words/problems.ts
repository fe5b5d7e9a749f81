import type { ChatError } from "./chat-error.ts";

/** Problems that the engine itself finds; those of devices come with their device. */
export const PROBLEMS = {
  serverUnreachable: { code: "server-unreachable", severity: "degraded", action: "retry-now" },
  serverBusy: { code: "server-busy", severity: "degraded", action: "wait" },
  sessionReplaced: { code: "session-replaced", severity: "fatal", action: "use-here" },
  callOver: { code: "call-over", severity: "fatal", action: "find-another" },
  identityRefused: { code: "identity-refused", severity: "fatal", action: "try-again" },
  versionMismatch: { code: "version-mismatch", severity: "fatal", action: "reload" },
  protocolFault: { code: "protocol-fault", severity: "fatal", action: "try-again" },
  relayUnavailable: { code: "relay-unavailable", severity: "fatal", action: "try-again" },
  peerUnsupported: { code: "peer-unsupported", severity: "fatal", action: "none" },
  peerTimeout: { code: "peer-timeout", severity: "degraded", action: "wait" },
  peerFailed: { code: "peer-failed", severity: "degraded", action: "wait" },
  mediaDenied: { code: "media-denied", severity: "degraded", action: "try-again" },
  mediaAborted: { code: "media-aborted", severity: "fatal", action: "try-again" },
  mediaMutedBySystem: { code: "media-muted-by-system", severity: "degraded", action: "try-again" },
  mediaAllowed: { code: "media-allowed", severity: "fatal", action: "try-again" },
  mediaLost: { code: "media-lost", severity: "degraded", action: "choose-device" },
} as const satisfies Record<string, ChatError>;
