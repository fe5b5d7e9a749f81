import { chatError } from "./chat-error.ts";

/** Problems that the engine itself finds; those of devices come with their device. */
export const PROBLEMS = {
  serverUnreachable: chatError({ code: "server-unreachable", severity: "degraded", action: "retry-now" }),
  serverBusy: chatError({ code: "server-busy", severity: "degraded", action: "wait" }),
  serverFull: chatError({ code: "server-full", severity: "degraded", action: "wait" }),
  tooFast: chatError({ code: "too-fast", severity: "degraded", action: "wait" }),
  challengeMissing: chatError({ code: "challenge-missing", severity: "fatal", action: "none" }),
  challengeFailed: chatError({ code: "challenge-failed", severity: "fatal", action: "try-again" }),
  sessionReplaced: chatError({ code: "session-replaced", severity: "fatal", action: "use-here" }),
  callOver: chatError({ code: "call-over", severity: "fatal", action: "find-another" }),
  identityRefused: chatError({ code: "identity-refused", severity: "fatal", action: "try-again" }),
  accessRevoked: chatError({ code: "access-revoked", severity: "fatal", action: "none" }),
  versionMismatch: chatError({ code: "version-mismatch", severity: "fatal", action: "reload" }),
  pageIncomplete: chatError({ code: "page-incomplete", severity: "fatal", action: "reload" }),
  protocolFault: chatError({ code: "protocol-fault", severity: "fatal", action: "try-again" }),
  relayUnavailable: chatError({ code: "relay-unavailable", severity: "fatal", action: "try-again" }),
  peerUnsupported: chatError({ code: "peer-unsupported", severity: "fatal", action: "none" }),
  peerTimeout: chatError({ code: "peer-timeout", severity: "degraded", action: "wait" }),
  peerFailed: chatError({ code: "peer-failed", severity: "degraded", action: "wait" }),
  peerUnreachable: chatError({ code: "peer-unreachable", severity: "fatal", action: "check" }),
  mediaDenied: chatError({ code: "media-denied", severity: "degraded", action: "try-again" }),
  mediaAborted: chatError({ code: "media-aborted", severity: "fatal", action: "try-again" }),
  mediaMutedBySystem: chatError({ code: "media-muted-by-system", severity: "degraded", action: "try-again" }),
  mediaAllowed: chatError({ code: "media-allowed", severity: "fatal", action: "try-again" }),
  mediaLost: chatError({ code: "media-lost", severity: "degraded", action: "choose-device" }),
} as const;
