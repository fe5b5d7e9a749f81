/** Every state that `states.html?state=…` shows. A file of its own, so that a browser test can read it without a DOM. */
export const STATE_NAMES = [
  "home",
  "home-camera-off",
  "home-hidden-address",
  "home-go-on",
  "returning",
  "loading",
  "requesting-media",
  "requesting-media-long",
  "searching",
  "searching-long",
  "searching-alone",
  "searching-relay-broken",
  "searching-udp-blocked",
  "searching-no-camera",
  "searching-after-failures",
  "searching-only-two",
  "server-unreachable",
  "server-busy",
  "connecting",
  "connecting-slow",
  "connected",
  "connected-good",
  "connected-poor",
  "connected-stalled",
  "connected-quality-details",
  "connected-muted",
  "connected-partner-without-camera",
  "connected-partner-muted",
  "connected-partner-paused",
  "connected-paused",
  "connected-phone",
  "connected-phone-back-camera",
  "connected-server-lost",
  "connected-camera-lost",
  "sound-blocked",
  "settings",
  "settings-no-relay",
  "settings-relay-broken",
  "reconnecting-media",
  "reconnecting-partner",
  "partner-left",
  "partner-moved-on",
  "problem-media-unsupported",
  "problem-media-insecure",
  "problem-media-dismissed",
  "problem-media-denied",
  "problem-media-denied-by-system",
  "problem-media-denied-by-policy",
  "problem-media-not-found",
  "problem-media-in-use",
  "problem-media-overconstrained",
  "problem-media-aborted",
  "problem-media-allowed",
  "problem-page-incomplete",
  "problem-session-replaced",
  "problem-call-over",
  "problem-identity-refused",
  "problem-version-mismatch",
  "problem-protocol-fault",
  "problem-relay-unavailable",
  "problem-peer-unsupported",
  "problem-peer-unreachable",
] as const;

export type StateName = (typeof STATE_NAMES)[number];

/** The states of the connection check, `states.html?state=check…`. */
export const CHECK_STATE_NAMES = [
  "check",
  "check-running",
  "check-ok",
  "check-not-configured",
  "check-trouble",
] as const;

export type CheckStateName = (typeof CHECK_STATE_NAMES)[number];

/** The states of a page that was set up wrongly, `states.html?state=config…`. */
export const CONFIG_STATE_NAMES = ["config-wrong", "config-not-loaded"] as const;

export type ConfigStateName = (typeof CONFIG_STATE_NAMES)[number];
