import type { CallReport, CandidateType } from "@serendip/protocol";

export type IceMode = CallReport["ice"];
export type CallOutcome = CallReport["outcome"];
export type RecoveryStep = keyof CallReport["recovered"];

export const ICE_MODES: readonly IceMode[] = ["none", "stun-only", "turn"];
export const CANDIDATE_TYPES: readonly CandidateType[] = ["host", "srflx", "prflx", "relay"];

/**
 * The route of a call's media. `relayed-otherwise`: only the partner uses a relay, or this side does not know the protocol
 * over which it reaches its own.
 */
export type CallRoute = "direct" | "relayed-udp" | "relayed-tcp" | "relayed-tls" | "relayed-otherwise";
export const CALL_ROUTES: readonly CallRoute[] = [
  "direct",
  "relayed-udp",
  "relayed-tcp",
  "relayed-tls",
  "relayed-otherwise",
];

/**
 * Upper ends of the histogram classes of the time to the first media, milliseconds. Longer times count in the last class.
 */
export const FIRST_MEDIA_ENDS_MS: readonly number[] = [
  250, 500, 750, 1_000, 1_500, 2_000, 3_000, 4_000, 5_000, 7_500, 10_000, 15_000, 20_000, 30_000, 60_000,
];
/** A report counts with at most this time to the first media, so that one page cannot move the mean further. */
const LONGEST_FIRST_MEDIA_MS = 60_000;

/** A report counts with at most this time through a TURN server: a day. */
const LONGEST_RELAYED_MS = 86_400_000;

/** Whoever presses Next within this time after the first media did not want this partner. */
const DROP_OFF_MS = 3_000;

/** The names of all counts: a closed set, so that a tally stays small whatever pages report. */
type CountName =
  | "hellos"
  | "session errors"
  | "floods"
  | "drop-offs"
  | "first media ms"
  | "relayed ms"
  | `first media ${number}`
  | `outcome ${IceMode} ${CallOutcome}`
  | `route ${CallRoute}`
  | `local ${CandidateType}`
  | `remote ${CandidateType}`
  | `recovered ${RecoveryStep}`;

/** Counts by their names; a count of zero has no entry. */
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

/** Index of the histogram class of a time. */
function firstMediaClass(ms: number): number {
  const found = FIRST_MEDIA_ENDS_MS.findIndex((end) => ms <= end);
  return found < 0 ? FIRST_MEDIA_ENDS_MS.length - 1 : found;
}

/** Adds one side's report of its call. Route and time to the first media count only where media flowed. */
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
    const isRelayed = routeOf(route) !== "direct";
    if (isRelayed && talkedMs !== undefined) add(tally, "relayed ms", Math.min(talkedMs, LONGEST_RELAYED_MS));
  }
  add(tally, "recovered byItself", recovered.byItself);
  add(tally, "recovered byRestart", recovered.byRestart);
  add(tally, "recovered byRebuild", recovered.byRebuild);
  if (end === "next" && talkedMs !== undefined && talkedMs < DROP_OFF_MS) add(tally, "drop-offs");
}
