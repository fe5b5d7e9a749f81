import { median, sum } from "../figures.ts";
import type { RunFigures } from "./run.ts";

/** A relay p99 that nobody in a call notices, whatever the machine is busy with. */
const GOOD_P99_MS = 20;
/** A token, a hello and an answer, 95 of 100 times. */
const GOOD_NEWCOMER_MS = 200;
/** What else a busy machine may add, times the p99 beside somebody who only burns a core. */
const BESIDE_BURNER = 2;

/** The runs of one attack: medians, but for what must never happen, which is added up. */
export interface AttackFigures {
  readonly runs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly lost: number;
  /** Runs in which the pair lost its connection or its call. */
  readonly disconnected: number;
  readonly newcomersOk: number;
  readonly newcomersFailed: number;
  readonly newcomerP95Ms: number;
  readonly newcomerP99Ms: number;
  readonly rssBeforeBytes: number;
  readonly rssMaxBytes: number;
  readonly cpuShare: number;
  readonly waitedShare: number;
  readonly ownLagP99Ms: number;
  readonly connections: number;
  readonly sent: number;
  readonly alive: boolean;
}

export function summary(runs: readonly RunFigures[]): AttackFigures {
  const middle = (of: (run: RunFigures) => number) => median(runs.map(of));
  const total = (of: (run: RunFigures) => number) => sum(runs.map(of));
  return {
    runs: runs.length,
    p50Ms: middle(({ pair }) => pair.p50Ms),
    p99Ms: middle(({ pair }) => pair.p99Ms),
    maxMs: middle(({ pair }) => pair.maxMs),
    lost: total(({ pair }) => pair.lost),
    disconnected: total(({ pair }) => Number(pair.disconnected)),
    newcomersOk: total(({ newcomers }) => newcomers.ok),
    newcomersFailed: total(({ newcomers }) => newcomers.failed),
    newcomerP95Ms: middle(({ newcomers }) => newcomers.p95Ms),
    newcomerP99Ms: middle(({ newcomers }) => newcomers.p99Ms),
    rssBeforeBytes: middle(({ rssBeforeBytes }) => rssBeforeBytes),
    rssMaxBytes: middle(({ rssMaxBytes }) => rssMaxBytes),
    cpuShare: middle(({ cpuShare }) => cpuShare),
    waitedShare: middle(({ waitedShare }) => waitedShare),
    ownLagP99Ms: middle(({ pair }) => pair.ownLagP99Ms),
    connections: middle(({ attacker }) => attacker.connections),
    sent: middle(({ attacker }) => attacker.sent),
    alive: runs.every(({ alive }) => alive),
  };
}

export const boundMs = (besideBurner: AttackFigures | undefined): number =>
  Math.max(GOOD_P99_MS, BESIDE_BURNER * (besideBurner?.p99Ms ?? 0));

export interface Verdict {
  /** `broken`: something was lost, or ended, that must not be. `slow`: only that. */
  readonly kind: "good" | "slow" | "broken";
  readonly words: string;
}

export function judge(figures: AttackFigures, withinMs: number): Verdict {
  const { lost, disconnected, alive, p99Ms, newcomerP95Ms } = figures;
  const broken = [
    ...(alive ? [] : ["the server ended or does not answer"]),
    ...(lost > 0 ? [`${lost} signals lost`] : []),
    ...(disconnected > 0 ? [`the pair was disconnected in ${disconnected} of ${figures.runs} runs`] : []),
  ];
  if (broken.length > 0) return { kind: "broken", words: broken.join(", ") };
  const isSlow = !(p99Ms <= withinMs && newcomerP95Ms <= GOOD_NEWCOMER_MS);
  return {
    kind: isSlow ? "slow" : "good",
    words: `relay p99 ${p99Ms.toFixed(1)} ms, bound ${withinMs.toFixed(1)} ms; newcomer p95 ${newcomerP95Ms.toFixed(0)} ms, bound ${GOOD_NEWCOMER_MS} ms`,
  };
}
