import type { HealthItem, HealthReport, IceReading, IceServerFault } from "../words/chat-health.ts";
import { judgeIce, type TriedUrl } from "./health-verdict.machine.ts";

/** Figures of the health check, milliseconds. */
export const HEALTH_RULES = {
  attempts: 2,
  /** A welcome that is not there by then: ask over HTTP why. */
  socketMs: 4_000,
  readyMs: 3_000,
  /** It answers over HTTP: a whole attempt, over both ways, may still bring the welcome. */
  waysMs: 10_000,
  /** What each attempt gives an ICE server. Browsers report a TURN server that is down after about 3 s. */
  gatherMs: [3_500, 6_000],
  /** Between the clean-up after an attempt and the next one. */
  pauseMs: 1_000,
} as const;

/** The state of one check; undefined where none runs. */
export interface HealthState {
  readonly step: "looking" | "pausing" | "done";
  readonly attempt: number;
  /** When to look again by ourselves. */
  readonly until: number | undefined;
  readonly asked: boolean;
  /** It has answered over HTTP. */
  readonly answers: boolean;
  readonly gathering: boolean;
  readonly gathered: boolean;
  readonly signaling: HealthItem | undefined;
  readonly media: HealthItem | undefined;
  readonly tried: readonly TriedUrl[];
  /** The service gave no account with which TURN servers could be tried (SPEC K25). */
  readonly limited: boolean;
  /** When it was over for the first time. */
  readonly concludedAt: number | undefined;
  /** The last word about all of it was said in the log. */
  readonly said: boolean;
}

export type HealthEvent =
  /** `found`: what still counts of earlier checks. */
  | { readonly type: "begin"; readonly found: HealthReport | undefined }
  /** Another network, where all of it may be otherwise. */
  | { readonly type: "forget" }
  | { readonly type: "end" }
  /** The welcome is here. */
  | { readonly type: "online" }
  | {
      readonly type: "readiness";
      readonly why: "signaling-unreachable" | "signaling-not-ready" | "socket-blocked" | "requests-limited";
    }
  /** The service answers over HTTP, and one of the ways may still work. */
  | { readonly type: "answers" }
  /** An attempt over both ways has come to nothing. */
  | { readonly type: "ways-failed" }
  | { readonly type: "media"; readonly works: boolean }
  /**
   * `busy`: the machine had so much to do that silence says nothing; `limited`: the service gave no account with which TURN
   * servers could be tried.
   */
  | {
      readonly type: "gathered";
      readonly attempt: number;
      readonly readings: readonly IceReading[];
      readonly busy: boolean;
      readonly limited: boolean;
    }
  | { readonly type: "tick" };

export type HealthEffect =
  /** Ask over HTTP whether the service is there. */
  | { readonly type: "ask-readiness" }
  /** Try every ICE server that has not answered yet. */
  | {
      readonly type: "gather";
      readonly attempt: number;
      readonly limitMs: number;
      readonly answered: readonly string[];
    }
  /** Leave these out of calls; `open`: of these URLs counts what was known before. */
  | { readonly type: "judge"; readonly broken: readonly IceServerFault[]; readonly open: readonly string[] }
  /** What was found, as soon as all is, and after each change. */
  | { readonly type: "report"; readonly report: HealthReport }
  | { readonly type: "clean-up"; readonly service: "signaling" | "STUN" | "TURN" }
  | { readonly type: "say"; readonly ready: boolean; readonly attempt: number };

interface HealthStep {
  readonly state: HealthState | undefined;
  readonly effects: readonly HealthEffect[];
}

const OK: HealthItem = { state: "ok", why: undefined };
const NO_ANSWER: HealthItem = { state: "unknown", why: "no-answer" };
const UNREACHABLE: HealthItem = { state: "failed", why: "signaling-unreachable" };
const LIMITED: HealthItem = { state: "unknown", why: "checks-limited" };

/** What another look would not mend: a TURN server was reached and has no room, or nobody may look at the moment. */
const ENOUGH: ReadonlySet<HealthItem["why"]> = new Set(["turn-busy", "checks-limited", "requests-limited"]);

const isFine = ({ state, why }: HealthItem): boolean =>
  state === "ok" || state === "not-configured" || ENOUGH.has(why);

/** A limit says nothing of the service or the network. */
const signalingOf = (why: Extract<HealthEvent, { type: "readiness" }>["why"]): HealthItem => ({
  state: why === "requests-limited" ? "unknown" : "failed",
  why,
});

const attemptOf = (attempt: number, now: number, before?: HealthState): HealthState => ({
  step: "looking",
  attempt,
  until: now + HEALTH_RULES.socketMs,
  asked: false,
  answers: false,
  gathering: false,
  gathered: false,
  signaling: before?.signaling?.state === "ok" ? OK : undefined,
  media: before?.media,
  tried: before?.tried ?? [],
  limited: false,
  concludedAt: undefined,
  said: false,
});

/** One check of what a call needs, in at most two attempts. It runs beside the chat, which never waits for it. */
export function reduceHealth(state: HealthState | undefined, event: HealthEvent, now: number): HealthStep {
  if (event.type === "begin")
    return state && event.found && isGood(event.found)
      ? { state, effects: [] }
      : { state: attemptOf(1, now), effects: [] };
  if (event.type === "end") return end(state);
  if (!state) return { state, effects: [] };
  switch (event.type) {
    case "forget":
      return forget(state, now);
    case "online":
      return gather({ ...state, signaling: OK }, now);
    case "readiness":
      if (state.signaling || !state.asked) return { state, effects: [] };
      return gather({ ...state, signaling: signalingOf(event.why) }, now);
    case "answers":
      if (state.signaling || !state.asked) return { state, effects: [] };
      return { state: { ...state, answers: true, until: now + HEALTH_RULES.waysMs }, effects: [] };
    case "ways-failed":
      if (state.signaling || !state.answers) return { state, effects: [] };
      return gather({ ...state, signaling: { state: "failed", why: "socket-blocked" } }, now);
    case "media":
      return settle(
        { ...state, media: event.works ? OK : { state: "failed", why: "media-unavailable" } },
        now,
      );
    case "gathered":
      if (event.attempt !== state.attempt || !state.gathering) return { state, effects: [] };
      return settle(
        {
          ...state,
          gathering: false,
          gathered: true,
          tried: merge(state.tried, event, state.attempt),
          limited: event.limited,
        },
        now,
      );
    case "tick":
      return tick(state, now);
  }
}

export function deadlineOf(state: HealthState | undefined): number | undefined {
  return state?.until;
}

function tick(state: HealthState, now: number): HealthStep {
  if (state.until === undefined || state.until > now) return { state, effects: [] };
  if (state.step === "pausing") {
    const next = attemptOf(state.attempt + 1, now, state);
    return next.signaling ? gather(next, now) : { state: next, effects: [] };
  }
  if (state.signaling) return { state: { ...state, until: undefined }, effects: [] };
  if (!state.asked)
    return {
      state: { ...state, asked: true, until: now + HEALTH_RULES.readyMs },
      effects: [{ type: "ask-readiness" }],
    };
  return gather({ ...state, signaling: state.answers ? NO_ANSWER : UNREACHABLE }, now);
}

/** Signaling is decided: what it grants, or else the page's own, can be tried. */
function gather(state: HealthState, now: number): HealthStep {
  if (state.step !== "looking" || state.gathering || state.gathered) return settle(state, now);
  const limitMs = HEALTH_RULES.gatherMs[state.attempt - 1] ?? HEALTH_RULES.gatherMs[0];
  const answered = state.tried.filter(({ outcome }) => outcome === "answered").map(({ url }) => url);
  return {
    state: { ...state, gathering: true, until: undefined },
    effects: [{ type: "gather", attempt: state.attempt, limitMs, answered }],
  };
}

/** Looks whether the attempt, and with it the check, is over. */
function settle(state: HealthState, now: number): HealthStep {
  if (state.step === "done") return conclude(state, state.concludedAt ?? now);
  const { signaling } = state;
  if (state.step === "pausing" || !signaling || !state.gathered) return { state, effects: [] };
  const { stun, turn, broken, open } = findingsOf(state);
  // Of TURN servers that were not tried counts what was known before.
  const judged: HealthEffect[] = state.limited ? [] : [{ type: "judge", broken, open }];
  const bad: HealthEffect[] = [];
  if (!isFine(signaling)) bad.push({ type: "clean-up", service: "signaling" });
  if (!isFine(stun)) bad.push({ type: "clean-up", service: "STUN" });
  if (!isFine(turn)) bad.push({ type: "clean-up", service: "TURN" });
  if (bad.length > 0 && state.attempt < HEALTH_RULES.attempts)
    return {
      state: { ...state, step: "pausing", until: now + HEALTH_RULES.pauseMs },
      effects: [...judged, ...bad],
    };
  const end = conclude({ ...state, step: "done", until: undefined }, now);
  return { state: end.state, effects: [...judged, ...end.effects] };
}

function findingsOf({ tried, limited }: HealthState): ReturnType<typeof judgeIce> {
  const found = judgeIce(tried);
  return limited && found.turn.state === "not-configured" ? { ...found, turn: LIMITED } : found;
}

/** The report; said in the log once the camera's question is answered. */
function conclude(state: HealthState, at: number): HealthStep {
  const { stun, turn } = findingsOf(state);
  const { signaling = NO_ANSWER, media = NO_ANSWER } = state;
  const report: HealthReport = { at, attempts: state.attempt, signaling, media, stun, turn };
  const said = state.said || state.media !== undefined;
  const ready = isGood(report);
  return {
    state: { ...state, concludedAt: at, said },
    effects: [
      { type: "report", report },
      ...(said && !state.said ? [{ type: "say", ready, attempt: state.attempt } as const] : []),
    ],
  };
}

/** Why the service could not be reached concerns nobody any more. */
function end(state: HealthState | undefined): HealthStep {
  if (state?.concludedAt === undefined) return { state: undefined, effects: [] };
  const signaling = state.signaling?.state === "ok" ? OK : undefined;
  return conclude(
    { ...state, signaling, step: "done", until: undefined, gathering: false, said: true },
    state.concludedAt,
  );
}

/** A check that is under way begins anew. */
function forget(state: HealthState, now: number): HealthStep {
  if (state.step === "done") return { state: undefined, effects: [] };
  const again: HealthState = { ...attemptOf(1, now, state), tried: [] };
  return again.signaling ? gather(again, now) : { state: again, effects: [] };
}

function isGood({ signaling, media, stun, turn }: HealthReport): boolean {
  // Whoever has a relay needs no STUN.
  const needed = turn.state === "ok" ? [signaling, media] : [signaling, media, stun, turn];
  return needed.every(isFine);
}

/** What was found before, with the newest word about each address. */
function merge(
  tried: readonly TriedUrl[],
  { readings, busy }: { readonly readings: readonly IceReading[]; readonly busy: boolean },
  attempt: number,
): readonly TriedUrl[] {
  const last = attempt === HEALTH_RULES.attempts;
  const fresh = readings.map(({ url, outcome }): TriedUrl => {
    if (outcome !== "silent") return { url, outcome };
    return { url, outcome: last && !busy ? "unreachable" : "unknown" };
  });
  const urls = new Set(fresh.map(({ url }) => url));
  return [...tried.filter(({ url }) => !urls.has(url)), ...fresh];
}
