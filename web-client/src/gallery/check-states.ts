import type { CheckRow, CheckView } from "@serendip/client/checks";
import { CHECK_NAMES, NOTHING_CHECKED } from "../check/check-view.ts";
import type { CheckStateName } from "./state-names.ts";

type Outcome = Omit<CheckRow, "name">;

const OK: Outcome = { state: "ok" };
const WAITING: Outcome = { state: "waiting" };
const NOT_CONFIGURED: Outcome = { state: "not-configured" };

/** Nobody knows what there is to check. */
const LIMITED = { state: "unknown", why: "requests-limited" } as const satisfies Outcome;

const OUTCOMES: Record<Exclude<CheckStateName, "check">, Partial<Record<CheckRow["name"], Outcome>>> = {
  "check-running": {
    signaling: { state: "running" },
    udp: WAITING,
    "turn-udp": WAITING,
    "turn-tcp": WAITING,
    "turn-tls": WAITING,
  },
  "check-ok": {},
  "check-not-configured": {
    udp: NOT_CONFIGURED,
    "turn-udp": NOT_CONFIGURED,
    "turn-tcp": NOT_CONFIGURED,
    "turn-tls": NOT_CONFIGURED,
  },
  "check-trouble": {
    camera: { state: "failed", why: "media-denied" },
    signaling: { state: "failed", why: "socket-blocked" },
    udp: { state: "failed", why: "stun-unreachable" },
    "turn-udp": { state: "failed", why: "turn-unreachable" },
    "turn-tcp": { state: "unknown", why: "no-answer" },
    "turn-tls": NOT_CONFIGURED,
  },
  "check-limited": {
    signaling: { ...LIMITED, retryAfterMs: 7_400 },
    udp: LIMITED,
    "turn-udp": LIMITED,
    "turn-tcp": LIMITED,
    "turn-tls": LIMITED,
  },
};

/** What the check page shows in a state. */
export function checkViewOf(name: CheckStateName, stream: MediaStream | undefined): CheckView {
  if (name === "check") return NOTHING_CHECKED;
  const outcomes = OUTCOMES[name];
  return {
    rows: CHECK_NAMES.map((check) => ({ name: check, ...(outcomes[check] ?? OK) })),
    running: name === "check-running",
    stream,
  };
}
