/** When TURN credentials have to be replaced so that a call that uses them can stay (SPEC K3). */
export interface IceRefreshPlan {
  /** `planned`: they are asked for at `at`; `running`: that has failed unless it is done by `at`. */
  readonly step: "planned" | "running";
  readonly at: number;
  readonly expiresAt: number;
}

/** Figures of the refresh. */
export const ICE_REFRESH_RULES = {
  /** Credentials that live long are replaced this long before they end, or a tenth of their life where that is more. */
  leadMs: 60_000,
  leadShare: 0.1,
  /** Earlier by up to this, so that two partners do not move their paths at the same moment. */
  jitterMs: 10_000,
  /** Credentials that live shorter than this are replaced in the middle of their life. */
  shortLifeMs: 120_000,
  /** Asking takes no longer. */
  limitMs: 10_000,
  /** Pauses after a failed try. */
  retryFirstMs: 2_000,
  retryLastMs: 30_000,
} as const;

/** Plans the replacement of credentials that end in `expiresInMs`. `random` is uniform in [0, 1). */
export function planIceRefresh(options: {
  readonly now: number;
  readonly expiresInMs: number;
  readonly random: number;
}): IceRefreshPlan {
  const { now, expiresInMs, random } = options;
  const { leadMs, leadShare, jitterMs, shortLifeMs, retryFirstMs } = ICE_REFRESH_RULES;
  const afterMs =
    expiresInMs < shortLifeMs
      ? expiresInMs / 2
      : expiresInMs - Math.max(leadMs, expiresInMs * leadShare) - random * jitterMs;
  return {
    step: "planned",
    at: now + Math.round(Math.max(afterMs, retryFirstMs)),
    expiresAt: now + expiresInMs,
  };
}

export function startIceRefresh(plan: IceRefreshPlan, now: number): IceRefreshPlan {
  return { ...plan, step: "running", at: now + ICE_REFRESH_RULES.limitMs };
}

/**
 * Plans another try after a failed one: the less time is left, the sooner; after the end ever more slowly. Not before
 * `atLeastMs` are over.
 */
export function retryIceRefresh(plan: IceRefreshPlan, now: number, atLeastMs = 0): IceRefreshPlan {
  const { retryFirstMs, retryLastMs } = ICE_REFRESH_RULES;
  const pauseMs = Math.min(Math.max(Math.abs(plan.expiresAt - now) / 4, retryFirstMs), retryLastMs);
  return { ...plan, step: "planned", at: now + Math.max(Math.round(pauseMs), atLeastMs) };
}
