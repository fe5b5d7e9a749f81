import type { CallReport, CandidateType } from "@serendip/protocol";

export type IceMode = CallReport["ice"];
export type CallOutcome = CallReport["outcome"];
export type RecoveryStep = keyof CallReport["recovered"];

export const ICE_MODES: readonly IceMode[] = ["none", "stun-only", "turn"];
export const CANDIDATE_TYPES: readonly CandidateType[] = ["host", "srflx", "prflx", "relay"];

/**
 * The way that media took. `relayed-otherwise`: only the partner's end uses a relay, or this side does not know how it
 * reaches its own.
 */
export type CallRoute = "direct" | "relayed-udp" | "relayed-tcp" | "relayed-tls" | "relayed-otherwise";
export const CALL_ROUTES: readonly CallRoute[] = [
  "direct",
  "relayed-udp",
  "relayed-tcp",
  "relayed-tls",
  "relayed-otherwise",
];

/** Upper ends of the histogram of the time to the first media, milliseconds. What is above counts in the last one. */
export const FIRST_MEDIA_ENDS_MS: readonly number[] = [
  250, 500, 750, 1_000, 1_500, 2_000, 3_000, 4_000, 5_000, 7_500, 10_000, 15_000, 20_000, 30_000, 60_000,
];
/** Nobody can move the mean by more than this with one report. */
const LONGEST_FIRST_MEDIA_MS = 60_000;

/** Somebody who presses Next this soon after the first media did not want this partner. */
const DROP_OFF_MS = 3_000;

/** All there is to count: a closed set of names, so that a tally stays small whatever is reported. */
type CountName =
  | "hellos"
  | "session errors"
  | "drop-offs"
  | "first media ms"
  | `first media ${number}`
  | `outcome ${IceMode} ${CallOutcome}`
  | `route ${CallRoute}`
  | `local ${CandidateType}`
  | `remote ${CandidateType}`
  | `recovered ${RecoveryStep}`;

/** How many of each there were; what there were none of is absent. */
export type Tally = Map<CountName, number>;

export function countOf(tally: Tally, name: CountName): number {
  return tally.get(name) ?? 0;
}

export function add(tally: Tally, name: CountName, amount = 1): void {
  if (amount > 0) tally.set(name, countOf(tally, name) + amount);
}

export function sumOf(tallies: Iterable<Tally>): Tally {
  const sum: Tally = new Map();
  for (const tally of tallies) for (const [name, amount] of tally) add(sum, name, amount);
  return sum;
}

export function routeOf({ local, remote, protocol }: NonNullable<CallReport["route"]>): CallRoute {
  if (local === "relay" && protocol) return `relayed-${protocol}`;
  return local === "relay" || remote === "relay" ? "relayed-otherwise" : "direct";
}

/** Which class of the histogram a time belongs to. */
function firstMediaClass(ms: number): number {
  const found = FIRST_MEDIA_ENDS_MS.findIndex((end) => ms <= end);
  return found < 0 ? FIRST_MEDIA_ENDS_MS.length - 1 : found;
}

/** Counts what one side says of its call; the way of the media and its time only where media flowed. */
export function addReport(tally: Tally, report: CallReport): void {
  const { outcome, ice, end, firstMediaMs, talkedMs, route, recovered } = report;
  add(tally, `outcome ${ice} ${outcome}`);
  if (outcome !== "connected") return;
  if (firstMediaMs !== undefined) {
    add(tally, `first media ${firstMediaClass(firstMediaMs)}`);
    add(tally, "first media ms", Math.min(firstMediaMs, LONGEST_FIRST_MEDIA_MS));
  }
  if (route) {
    add(tally, `route ${routeOf(route)}`);
    add(tally, `local ${route.local}`);
    add(tally, `remote ${route.remote}`);
  }
  add(tally, "recovered byItself", recovered.byItself);
  add(tally, "recovered byRestart", recovered.byRestart);
  add(tally, "recovered byRebuild", recovered.byRebuild);
  if (end === "next" && talkedMs !== undefined && talkedMs < DROP_OFF_MS) add(tally, "drop-offs");
}
