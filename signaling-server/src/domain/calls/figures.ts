import type { CandidateType } from "@serendip/protocol";
import {
  CALL_ROUTES,
  CANDIDATE_TYPES,
  type CallOutcome,
  type CallRoute,
  countOf,
  FIRST_MEDIA_ENDS_MS,
  ICE_MODES,
  type IceMode,
  type RecoveryStep,
  type Tally,
} from "./tally.ts";

/** A share in [0, 1]; null where the whole is zero. */
type Share = number | null;

interface Outcomes extends Readonly<Record<CallOutcome, number>> {
  /** connected ÷ (connected + failed). A call that somebody left before its outcome was known counts on neither side. */
  readonly successRate: Share;
}

/**
 * Figures of calls. Each side of a call reports for itself, so one call of two well-behaved pages counts twice, and all
 * figures are per side.
 */
export interface CallFigures extends Outcomes {
  readonly reports: number;
  readonly byIce: Readonly<Record<IceMode, Outcomes>>;
  readonly firstMedia: {
    readonly count: number;
    readonly meanMs: number | null;
    /** Median and 95th percentile, each as the upper end of its histogram class. */
    readonly p50Ms: number | null;
    readonly p95Ms: number | null;
    readonly sumMs: number;
    /** Number of calls in each class of `FIRST_MEDIA_ENDS_MS`. */
    readonly classes: readonly number[];
  };
  readonly routes: Readonly<Record<CallRoute, number>>;
  /** Share of the calls through a TURN server, among the calls whose route is known. */
  readonly relayedShare: Share;
  /** Time that sides have talked through a TURN server. With the bit rate of a call it is what TURN costs. */
  readonly relayedMs: number;
  readonly candidates: Readonly<Record<"local" | "remote", Readonly<Record<CandidateType, number>>>>;
  readonly recovered: Readonly<Record<RecoveryStep, number>>;
  /**
   * Connected calls in which this side pressed Next within 3 s of the first media. Leaving before the first media is
   * `abandoned` instead: nobody can judge a partner without a picture. Only one of the two presses Next, so a share of 0.5
   * means every call.
   */
  readonly dropOff: { readonly count: number; readonly share: Share };
  /** Rooms that were ended because of what one of their members sent. */
  readonly floods: number;
  /** Errors that a page got through no fault of its own; the goal is none. */
  readonly sessionErrors: { readonly hellos: number; readonly count: number; readonly perHello: Share };
}

function shareOf(part: number, whole: number): Share {
  return whole === 0 ? null : Math.min(1, part / whole);
}

function outcomesOf(tally: Tally, modes: readonly IceMode[]): Outcomes {
  const total = (outcome: CallOutcome) =>
    modes.reduce((sum, mode) => sum + countOf(tally, `outcome ${mode} ${outcome}`), 0);
  const [connected, failed, abandoned] = [total("connected"), total("failed"), total("abandoned")];
  return { connected, failed, abandoned, successRate: shareOf(connected, connected + failed) };
}

/** The upper end of the histogram class that the given share of the times does not exceed. */
function percentile(classes: readonly number[], count: number, share: number): number | null {
  let seen = 0;
  for (const [index, amount] of classes.entries()) {
    seen += amount;
    if (amount > 0 && seen >= count * share) return FIRST_MEDIA_ENDS_MS[index] ?? null;
  }
  return null;
}

function firstMediaOf(tally: Tally): CallFigures["firstMedia"] {
  const classes = FIRST_MEDIA_ENDS_MS.map((_end, index) => countOf(tally, `first media ${index}`));
  const count = classes.reduce((sum, amount) => sum + amount, 0);
  const sumMs = countOf(tally, "first media ms");
  return {
    count,
    sumMs,
    classes,
    meanMs: count === 0 ? null : Math.round(sumMs / count),
    p50Ms: percentile(classes, count, 0.5),
    p95Ms: percentile(classes, count, 0.95),
  };
}

function each<Name extends string>(names: readonly Name[], count: (name: Name) => number) {
  // Object.fromEntries types its keys as any string; here they are exactly the names of the list.
  return Object.fromEntries(names.map((name) => [name, count(name)])) as Record<Name, number>;
}

export function figuresOf(tally: Tally): CallFigures {
  const outcomes = outcomesOf(tally, ICE_MODES);
  const routes = each(CALL_ROUTES, (route) => countOf(tally, `route ${route}`));
  const known = CALL_ROUTES.reduce((sum, route) => sum + routes[route], 0);
  const [hellos, errors] = [countOf(tally, "hellos"), countOf(tally, "session errors")];
  const dropOffs = countOf(tally, "drop-offs");
  return {
    reports: outcomes.connected + outcomes.failed + outcomes.abandoned,
    ...outcomes,
    byIce: {
      none: outcomesOf(tally, ["none"]),
      "stun-only": outcomesOf(tally, ["stun-only"]),
      turn: outcomesOf(tally, ["turn"]),
    },
    firstMedia: firstMediaOf(tally),
    routes,
    relayedShare: shareOf(known - routes.direct, known),
    relayedMs: countOf(tally, "relayed ms"),
    candidates: {
      local: each(CANDIDATE_TYPES, (type) => countOf(tally, `local ${type}`)),
      remote: each(CANDIDATE_TYPES, (type) => countOf(tally, `remote ${type}`)),
    },
    recovered: {
      byItself: countOf(tally, "recovered byItself"),
      byRestart: countOf(tally, "recovered byRestart"),
      byRebuild: countOf(tally, "recovered byRebuild"),
    },
    floods: countOf(tally, "floods"),
    dropOff: { count: dropOffs, share: shareOf(dropOffs, outcomes.connected) },
    sessionErrors: {
      hellos,
      count: errors,
      // Errors without a single hello come from connections of an earlier time; they count as the worst rate.
      perHello: errors > 0 && hellos === 0 ? 1 : shareOf(errors, hellos),
    },
  };
}
