import type { CallAlert } from "../../domain/calls/alerts.ts";
import type { CallFigures } from "../../domain/calls/figures.ts";
import {
  CALL_ROUTES,
  CANDIDATE_TYPES,
  type CallOutcome,
  FIRST_MEDIA_ENDS_MS,
  ICE_MODES,
  type IceMode,
} from "../../domain/calls/tally.ts";
import { readingOf } from "../../domain/collections/histogram.ts";
import type { CallTotals } from "../../service/call-reports.ts";
import { counter, counterBy, counterOf, gaugeBy, type Metric, seconds } from "./metric.ts";

const OUTCOMES: readonly CallOutcome[] = ["connected", "failed", "abandoned"];
const RECOVERIES = [
  ["by-itself", "byItself"],
  ["by-restart", "byRestart"],
  ["by-rebuild", "byRebuild"],
] as const;

/** A record, so that none can be forgotten. */
const EVERY_ALERT: Readonly<Record<CallAlert["code"], true>> = {
  "success-low": true,
  "first-media-slow": true,
  "session-errors": true,
  "turn-failing": true,
  "turn-full": true,
  "calls-unjudged": true,
};

const outcomes = (figures: CallFigures, ice: IceMode, outcome: CallOutcome) => figures.byIce[ice][outcome];

/** By what they count for, so that the sum over `weight` is the total of `/debug/calls`. */
function weighed({ all, judged, unjudged }: CallTotals, of: (figures: CallFigures) => number) {
  const [whole, judgedOnes, unjudgedOnes] = [of(all), of(judged), of(unjudged)];
  return [
    ["judged", judgedOnes],
    ["unjudged", unjudgedOnes],
    ["none", whole - judgedOnes - unjudgedOnes],
  ] as const;
}

const firstMedia = ({ firstMedia: { classes, sumMs } }: CallFigures) => {
  // Longer times are in the last class, too (H2), so that it has no end.
  const ends = FIRST_MEDIA_ENDS_MS.slice(0, -1);
  return readingOf({ ends, counts: classes, sum: sumMs });
};

/** How calls went, as their two sides report it: the figures of `/debug/calls`. Each side of a call counts once. */
export const CALL_METRICS: readonly Metric[] = [
  counterOf(
    [
      "call_setup_total",
      "Calls by outcome, the ICE servers that their page had, and whether they count for alerts (weight judged).",
    ],
    ["outcome", "ice", "weight"],
    ({ calls }) =>
      ICE_MODES.flatMap((ice) =>
        OUTCOMES.flatMap((outcome) =>
          weighed(calls, (figures) => outcomes(figures, ice, outcome)).map(
            ([weight, value]) => [{ outcome, ice, weight }, value] as const,
          ),
        ),
      ),
  ),
  seconds(
    ["call_setup_seconds", "Time from the match to the partner's first picture or sound."],
    ({ calls }) => firstMedia(calls.all),
  ),
  seconds(
    [
      "call_setup_judged_seconds",
      "Time from the match to the first picture or sound, of the calls that count for alerts.",
    ],
    ({ calls }) => firstMedia(calls.judged),
  ),
  counterBy(["call_routes_total", "Connected calls by the way of their media."], {
    label: "route",
    of: ({ calls }) => CALL_ROUTES.map((route) => [route, calls.all.routes[route]]),
  }),
  counterOf(
    ["call_candidates_total", "Connected calls by the candidate that each end used."],
    ["end", "candidate_type"],
    ({ calls }) =>
      (["local", "remote"] as const).flatMap((end) =>
        CANDIDATE_TYPES.map(
          (type) => [{ end, candidate_type: type }, calls.all.candidates[end][type]] as const,
        ),
      ),
  ),
  counter(
    ["relayed_seconds_total", "Time that sides of calls have talked through a TURN server."],
    ({ calls }) => calls.all.relayedMs / 1_000,
  ),
  counterBy(["media_recovery_total", "Interruptions of media that were overcome, by what did it."], {
    label: "kind",
    of: ({ calls }) => RECOVERIES.map(([label, kind]) => [label, calls.all.recovered[kind]]),
  }),
  counter(
    ["drop_offs_total", "Connected calls in which this side pressed Next within 3 s of the first media."],
    ({ calls }) => calls.all.dropOff.count,
  ),
  counter(["hellos_total", "Arrivals, returns included."], ({ calls }) => calls.all.sessionErrors.hellos),
  counter(
    ["session_errors_total", "Errors that a page got through no fault of its own; the goal is none."],
    ({ calls }) => calls.all.sessionErrors.count,
  ),
  gaugeBy(["alert_active", "1 while the server itself raises this alert (see its log)."], {
    label: "code",
    of: ({ alerts }) =>
      (Object.keys(EVERY_ALERT) as CallAlert["code"][]).map((code) => [code, Number(alerts.includes(code))]),
  }),
];
