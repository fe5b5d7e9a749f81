import {
  type ChatError,
  type ChatErrorCode,
  chatError,
  type MediaKind,
  type RecoveryAction,
} from "../words/chat-error.ts";

/** What is known about a device besides the error; `undefined` where the browser does not say. */
export interface MediaFacts {
  readonly kind: MediaKind;
  /** Permissions API. */
  readonly permission: PermissionState | undefined;
  /** Permissions Policy: whether the embedding page or the page's own header lets it ask at all. */
  readonly allowedByPolicy: boolean | undefined;
  /** Whether the browser lists a device of this kind. */
  readonly present: boolean | undefined;
}

/** Why there is no `navigator.mediaDevices`: browsers hide it from pages that are not served securely. */
export const captureUnavailable = (isSecureContext: boolean, kind: MediaKind): ChatError =>
  problem(isSecureContext ? "media-unsupported" : "media-insecure", "none", kind);

/**
 * What a failed `getUserMedia` means for one device (W3C Media Capture section 10.2, and what browsers make of it). The
 * name alone is not enough: one `NotAllowedError` stands for a closed prompt, a block of the site, of the operating
 * system and of the page's policy, and each needs another advice.
 */
export function mediaError(error: unknown, facts: MediaFacts): ChatError {
  const [code, action] = classify(nameOf(error), error, facts);
  return { ...problem(code, action, facts.kind), cause: error };
}

/** `name` of a DOMException, or what an old browser threw in its place. */
export function nameOf(error: unknown): string {
  if (typeof error === "string") return error;
  if (typeof error === "object" && error !== null && "name" in error) return String(error.name);
  return "";
}

type Verdict = readonly [code: ChatErrorCode, action: RecoveryAction];

function classify(name: string, error: unknown, facts: MediaFacts): Verdict {
  switch (name) {
    case "NotAllowedError":
    case "PermissionDeniedError":
    case "PermissionDismissedError":
      return refused(name, messageOf(error), facts);
    case "NotFoundError":
    case "DevicesNotFoundError":
      return ["media-not-found", "join-without"];
    case "NotReadableError":
    case "TrackStartError":
    case "SourceUnavailableError":
      return ["media-in-use", "try-again"];
    case "OverconstrainedError":
    case "ConstraintNotSatisfiedError":
      // Safari's way of saying that there is no camera.
      return facts.present === false
        ? ["media-not-found", "join-without"]
        : ["media-overconstrained", "choose-device"];
    case "SecurityError":
      // The page is secure or there would be no `mediaDevices`: the browser's settings forbid it.
      return facts.allowedByPolicy === false
        ? ["media-denied-by-policy", "none"]
        : ["media-insecure", "none"];
    case "NotSupportedError":
      return ["media-unsupported", "none"];
    default:
      return ["media-aborted", "try-again"];
  }
}

function refused(name: string, message: string, facts: MediaFacts): Verdict {
  if (facts.allowedByPolicy === false) return ["media-denied-by-policy", "none"];
  // Chrome and Edge on macOS: "Permission denied by system".
  if (/by system/i.test(message)) return ["media-denied-by-system", "try-again"];
  if (name === "PermissionDismissedError" || /dismissed/i.test(message))
    return ["media-dismissed", "try-again"];
  switch (facts.permission) {
    case "granted":
      return ["media-denied-by-policy", "none"];
    case "prompt":
      return ["media-dismissed", "try-again"];
    default:
      return ["media-denied", "try-again"];
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : "");

const problem = (code: ChatErrorCode, action: RecoveryAction, device: MediaKind): ChatError =>
  chatError({ code, severity: "degraded", action, device });
