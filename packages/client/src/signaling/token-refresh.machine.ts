/** When a token has to be replaced so that the connection can stay. */
export interface RefreshPlan {
  /** `planned`: the refresh starts at `at`; `running`: it has failed unless it is done by `at`. */
  readonly step: "planned" | "running";
  readonly at: number;
  readonly expiresAt: number;
}

/** Figures of the refresh. */
export const REFRESH_RULES = {
  /** A long-lived token is replaced this long before it expires, give or take the jitter. */
  leadMs: 60_000,
  jitterMs: 10_000,
  /** Refreshes are at least this far apart, unless the token would expire meanwhile. */
  spacingMs: 30_000,
  /** A token that lives shorter than this is replaced in the middle of its life. */
  shortLifeMs: 120_000,
  /** A refresh takes no longer. */
  limitMs: 10_000,
  /** Pauses after a failed refresh. */
  retryFirstMs: 2_000,
  retryLastMs: 30_000,
} as const;

/** Plans the replacement of a token that is good for `expiresInMs` from `now`. `random` is uniform in [0, 1). */
export function planRefresh(options: {
  readonly now: number;
  readonly expiresInMs: number;
  readonly refreshedAt: number | undefined;
  readonly random: number;
}): RefreshPlan {
  const { now, expiresInMs, refreshedAt, random } = options;
  const { leadMs, jitterMs, spacingMs, shortLifeMs, retryFirstMs } = REFRESH_RULES;
  const afterMs =
    expiresInMs < shortLifeMs ? expiresInMs / 2 : expiresInMs - leadMs + (random * 2 - 1) * jitterMs;
  const wanted = now + Math.max(afterMs, retryFirstMs);
  const spaced = refreshedAt === undefined ? wanted : Math.max(wanted, refreshedAt + spacingMs);
  const lastSafe = now + expiresInMs * 0.75;
  return {
    step: "planned",
    at: Math.round(spaced <= lastSafe ? spaced : wanted),
    expiresAt: now + expiresInMs,
  };
}

export function startRefresh(plan: RefreshPlan, now: number): RefreshPlan {
  return { ...plan, step: "running", at: now + REFRESH_RULES.limitMs };
}

/** Plans another try after a failed refresh: the less time is left, the sooner, and no sooner than `leastMs` from now. */
export function retryRefresh(plan: RefreshPlan, now: number, leastMs = 0): RefreshPlan {
  const { retryFirstMs, retryLastMs } = REFRESH_RULES;
  const pauseMs = Math.min(Math.max((plan.expiresAt - now) / 4, retryFirstMs), retryLastMs);
  return { ...plan, step: "planned", at: now + Math.max(Math.round(pauseMs), leastMs) };
}
