import type { CallFigures } from "./figures.ts";

/** Fewer calls or arrivals raise no alert: one person behind a bad firewall is not a fault of the service. */
const FEWEST = 20;
const LIMITS = { successRate: 0.8, firstMediaMs: 15_000, sessionErrors: 0.01, turnFailures: 5 } as const;

/** Something that an operator should look at. */
export interface CallAlert {
  readonly code:
    | "success-low"
    | "first-media-slow"
    | "session-errors"
    | "turn-failing"
    | "turn-full"
    | "calls-unjudged";
  readonly sentence: string;
  /** The value that was measured, and the bound that it has crossed. */
  readonly figure: number;
  readonly limit: number;
}

/** What the server's own check has found of a TURN server; undefined: it was not checked yet. */
export type TurnState = "up" | "half-up" | "full" | "down" | undefined;

export interface AlertMoment {
  /** Figures of the time that is judged. */
  readonly figures: CallFigures;
  /** Figures of the newer half of that time. */
  readonly recent: CallFigures;
  /** Figures of calls that judge nothing, because it is not known whether their two sides are two people (SPEC H3). */
  readonly unjudged: CallFigures;
  readonly turn: readonly TurnState[];
}

const percent = (share: number) => `${Math.round(share * 1_000) / 10} %`;

/** The alerts that hold at this moment, with the limits of requirement C63; none when all is well. */
export function alertsOf({ figures, recent, unjudged, turn }: AlertMoment): readonly CallAlert[] {
  const alerts: CallAlert[] = [];
  const { successRate, firstMedia, sessionErrors } = figures;
  const judged = figures.connected + figures.failed;
  const leftOut = unjudged.connected + unjudged.failed;

  if (successRate !== null && judged >= FEWEST && successRate < LIMITS.successRate)
    alerts.push({
      code: "success-low",
      sentence: `Only ${percent(successRate)} of the calls get a connection.`,
      figure: successRate,
      limit: LIMITS.successRate,
    });

  if (firstMedia.meanMs !== null && firstMedia.count >= FEWEST && firstMedia.meanMs > LIMITS.firstMediaMs)
    alerts.push({
      code: "first-media-slow",
      sentence: `It takes ${Math.round(firstMedia.meanMs / 1_000)} s on average until people see or hear each other.`,
      figure: firstMedia.meanMs,
      limit: LIMITS.firstMediaMs,
    });

  const { perHello, hellos, count } = sessionErrors;
  if (perHello !== null && Math.max(hellos, count) >= FEWEST && perHello > LIMITS.sessionErrors)
    alerts.push({
      code: "session-errors",
      sentence: `${count} session errors for ${hellos} arrivals; there should be none.`,
      figure: perHello,
      limit: LIMITS.sessionErrors,
    });

  if (leftOut >= FEWEST && judged < FEWEST)
    alerts.push({
      code: "calls-unjudged",
      sentence: `How calls go raises no alert: for ${leftOut} reports the network of a side is not known, as behind a proxy.`,
      figure: leftOut,
      limit: FEWEST,
    });

  const failed = recent.byIce.turn.failed;
  const before = figures.byIce.turn.failed - failed;
  const serversThatAre = (state: TurnState) => turn.filter((one) => one === state).length;
  const [broken, full] = [serversThatAre("down"), serversThatAre("full")];
  if (broken > 0)
    alerts.push({
      code: "turn-failing",
      sentence: `${broken} of ${turn.length} TURN servers do not relay, by this server's own check.`,
      figure: broken,
      limit: 0,
    });
  else if ((figures.relayedShare ?? 0) === 0 && failed >= LIMITS.turnFailures && failed > before)
    alerts.push({
      code: "turn-failing",
      sentence: `No call goes through a TURN server, and more and more fail although there is one (${failed} of late, ${before} before).`,
      figure: failed,
      limit: LIMITS.turnFailures,
    });
  if (full > 0)
    alerts.push({
      code: "turn-full",
      sentence: `${full} of ${turn.length} TURN servers have no room for another relay (total-quota of coturn), by this server's own check.`,
      figure: full,
      limit: 0,
    });
  return alerts;
}
