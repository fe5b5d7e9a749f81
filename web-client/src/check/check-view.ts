import type { CheckName, CheckView } from "@serendip/client/checks";

/** The checks, in the order in which they run. */
export const CHECK_NAMES = [
  "camera",
  "microphone",
  "signaling",
  "udp",
  "turn-udp",
  "turn-tcp",
  "turn-tls",
] as const satisfies readonly CheckName[];

/** What there is to see before the first run. */
export const NOTHING_CHECKED: CheckView = {
  rows: CHECK_NAMES.map((name) => ({ name, state: "waiting" })),
  running: false,
  stream: undefined,
};
