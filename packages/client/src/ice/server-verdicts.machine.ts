import type { HealthReport, IceServerFault } from "../words/chat-health.ts";

/** How long what was found out about a server counts, milliseconds. */
export const VERDICT_TRUST_MS = 300_000;

/** What was found out about servers in the network of now (SPEC K23). Instants are readings of the engine's clock. */
export interface VerdictState {
  /** TURN servers that do not work, by their URL. */
  readonly broken: ReadonlyMap<string, IceServerFault>;
  readonly judgedAt: number;
  readonly report: HealthReport | undefined;
}

export type VerdictEvent =
  /** `open`: of these URLs counts what was known before. */
  | { readonly type: "judged"; readonly broken: readonly IceServerFault[]; readonly open: readonly string[] }
  | { readonly type: "reported"; readonly report: HealthReport }
  /** Another network, where all of it may be otherwise. */
  | { readonly type: "forget" }
  | { readonly type: "tick" };

export const NO_VERDICTS: VerdictState = { broken: new Map(), judgedAt: 0, report: undefined };

interface VerdictStep {
  readonly state: VerdictState;
  readonly effects: readonly never[];
}

export function reduceVerdicts(state: VerdictState, event: VerdictEvent, now: number): VerdictStep {
  return { state: aged(take(state, event, now), now), effects: [] };
}

function take(state: VerdictState, event: VerdictEvent, now: number): VerdictState {
  switch (event.type) {
    case "judged":
      return judged(aged(state, now), event, now);
    case "reported":
      return { ...state, report: event.report };
    case "forget":
      return NO_VERDICTS;
    case "tick":
      return state;
  }
}

function judged(
  state: VerdictState,
  { broken, open }: Extract<VerdictEvent, { type: "judged" }>,
  now: number,
): VerdictState {
  const kept = [...state.broken.values()].filter(({ url }) => open.includes(url));
  const all = [...kept, ...broken].map((fault) => [fault.url, fault] as const);
  return { ...state, broken: new Map(all), judgedAt: kept.length > 0 ? state.judgedAt : now };
}

/** What still counts at `now`; the same object where that is all. */
export function aged(state: VerdictState, now: number): VerdictState {
  const counts = (at: number) => now - at < VERDICT_TRUST_MS;
  const broken = state.broken.size === 0 || counts(state.judgedAt) ? state.broken : NO_VERDICTS.broken;
  const report = state.report && counts(state.report.at) ? state.report : undefined;
  return broken === state.broken && report === state.report ? state : { ...state, broken, report };
}

/** When somebody has to hear that a verdict counts no more. A good one says nothing that would be untrue then. */
export function deadlineOf({ broken, judgedAt, report }: VerdictState): number | undefined {
  const bad: number[] = [];
  if (broken.size > 0) bad.push(judgedAt);
  if (report && [report.signaling, report.stun, report.turn].some(({ state }) => state === "failed"))
    bad.push(report.at);
  return bad.length > 0 ? Math.min(...bad) + VERDICT_TRUST_MS : undefined;
}
