import type { ChatErrorCode, HealthCode } from "@serendip/client";

/** The checks, in the order in which they run. */
export const CHECK_NAMES = [
  "camera",
  "microphone",
  "signaling",
  "udp",
  "turn-udp",
  "turn-tcp",
  "turn-tls",
] as const;

export type CheckName = (typeof CHECK_NAMES)[number];

/** `unknown`: nothing can be said; `not-configured`: there is nothing to check, which is no fault. */
export type CheckState = "waiting" | "running" | "ok" | "failed" | "unknown" | "not-configured";

export type CheckCause = HealthCode | ChatErrorCode;

/** One check, and what came of it. */
export interface CheckRow {
  readonly name: CheckName;
  readonly state: CheckState;
  /** Why it `failed` or is `unknown`. */
  readonly why?: CheckCause | undefined;
}

/** What the page shows. */
export interface CheckView {
  readonly rows: readonly CheckRow[];
  readonly running: boolean;
  /** What camera and microphone give, while the page shows it. */
  readonly stream: MediaStream | undefined;
}

export const NOTHING_CHECKED: CheckView = {
  rows: CHECK_NAMES.map((name) => ({ name, state: "waiting" })),
  running: false,
  stream: undefined,
};
