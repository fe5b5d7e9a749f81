import { describe, expect, test } from "vitest";
import { captureUnavailable, type MediaFacts, mediaError } from "../../src/media/media-error.browser.ts";

const facts: MediaFacts = {
  kind: "camera",
  permission: undefined,
  allowedByPolicy: undefined,
  present: undefined,
};
const named = (name: string, message = "") => Object.assign(new Error(message), { name });

const cases: readonly [
  what: string,
  error: unknown,
  facts: Partial<MediaFacts>,
  code: string,
  action: string,
][] = [
  [
    "the site is blocked",
    named("NotAllowedError", "Permission denied"),
    { permission: "denied" },
    "media-denied",
    "try-again",
  ],
  ["blocked, and nothing more is known", named("NotAllowedError"), {}, "media-denied", "try-again"],
  [
    "the prompt was closed (Chrome says so)",
    named("NotAllowedError", "Permission dismissed"),
    {},
    "media-dismissed",
    "try-again",
  ],
  [
    "the prompt was closed (it would come again)",
    named("NotAllowedError"),
    { permission: "prompt" },
    "media-dismissed",
    "try-again",
  ],
  [
    "blocked by macOS",
    named("NotAllowedError", "Permission denied by system"),
    { permission: "granted" },
    "media-denied-by-system",
    "try-again",
  ],
  [
    "granted and yet refused: a policy",
    named("NotAllowedError", "Permission denied"),
    { permission: "granted" },
    "media-denied-by-policy",
    "none",
  ],
  [
    "the policy is readable",
    named("NotAllowedError"),
    { permission: "denied", allowedByPolicy: false },
    "media-denied-by-policy",
    "none",
  ],
  [
    "allowed by policy, denied by the person",
    named("NotAllowedError"),
    { permission: "denied", allowedByPolicy: true },
    "media-denied",
    "try-again",
  ],
  ["no such device", named("NotFoundError"), {}, "media-not-found", "join-without"],
  ["in use, or blocked by Windows", named("NotReadableError"), {}, "media-in-use", "try-again"],
  ["the format", named("OverconstrainedError"), { present: true }, "media-overconstrained", "choose-device"],
  [
    "the format, and nothing more is known",
    named("OverconstrainedError"),
    {},
    "media-overconstrained",
    "choose-device",
  ],
  [
    "Safari without a camera",
    named("OverconstrainedError"),
    { present: false },
    "media-not-found",
    "join-without",
  ],
  ["it could not be started", named("AbortError"), {}, "media-aborted", "try-again"],
  ["the document is not active", named("InvalidStateError"), {}, "media-aborted", "try-again"],
  ["capture is forbidden in the document", named("SecurityError"), {}, "media-insecure", "none"],
  [
    "the same, by policy",
    named("SecurityError"),
    { allowedByPolicy: false },
    "media-denied-by-policy",
    "none",
  ],
  ["not supported", named("NotSupportedError"), {}, "media-unsupported", "none"],
  [
    "old Chrome: denied",
    named("PermissionDeniedError"),
    { permission: "denied" },
    "media-denied",
    "try-again",
  ],
  ["old Chrome: dismissed", named("PermissionDismissedError"), {}, "media-dismissed", "try-again"],
  ["old Chrome: none", named("DevicesNotFoundError"), {}, "media-not-found", "join-without"],
  ["old Chrome: in use", named("TrackStartError"), {}, "media-in-use", "try-again"],
  ["old Firefox: in use", named("SourceUnavailableError"), {}, "media-in-use", "try-again"],
  [
    "old Chrome: format",
    named("ConstraintNotSatisfiedError"),
    { present: true },
    "media-overconstrained",
    "choose-device",
  ],
  ["a name in place of an error", "NotFoundError", {}, "media-not-found", "join-without"],
  ["something new", named("SomethingError"), {}, "media-aborted", "try-again"],
  ["nothing at all", undefined, {}, "media-aborted", "try-again"],
];

describe("[C55] what a failed capture means", () => {
  test.each(cases)("%s", (_what, error, known, code, action) => {
    expect(mediaError(error, { ...facts, ...known })).toEqual({
      area: "media",
      code,
      action,
      severity: "degraded",
      device: "camera",
      cause: error,
    });
  });

  test("a page without capture: insecure, or too old", () => {
    expect(captureUnavailable(false, "microphone")).toMatchObject({
      code: "media-insecure",
      device: "microphone",
    });
    expect(captureUnavailable(true, "camera")).toMatchObject({ code: "media-unsupported", device: "camera" });
  });
});
