import { LIMITS } from "@serendip/protocol";
import { type Allowance, type Remainder, refillMs, spend } from "@serendip/time";

/** What one person may bring about in all rooms and generations together, and how often be refused (SPEC R17). */
export interface FloodRules {
  readonly generations: Allowance;
  readonly restarts: Allowance;
  readonly candidates: Allowance;
  readonly refusals: Allowance;
}

/** What is bounded by number. */
export type FloodKind = Exclude<keyof FloodRules, "refusals">;

const eachMinute = (most: number): Allowance => ({ burst: most, perSecond: most / 60 });

export const DEFAULT_FLOOD_RULES: FloodRules = {
  generations: eachMinute(LIMITS.perMinute.generations),
  restarts: eachMinute(LIMITS.perMinute.restarts),
  candidates: eachMinute(LIMITS.perMinute.candidates),
  refusals: eachMinute(LIMITS.perMinute.refusals),
};

/** What is left to one person. What has never been touched is whole. */
export type Spending = Readonly<Partial<Record<keyof FloodRules, Remainder>>>;

/** After this time it makes no difference what somebody has spent, milliseconds. */
export const spendingMatters = (rules: FloodRules): number => Math.max(...Object.values(rules).map(refillMs));

/** `isFlood`: the person was refused so often that nobody should have to bear it any longer. */
export type FloodVerdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly retryAfterMs: number; readonly isFlood: boolean };

interface Taken {
  readonly spending: Spending;
  readonly verdict: FloodVerdict;
}

/** A person does something of this kind at the instant `now` (milliseconds). */
export function take(before: Spending, kind: FloodKind, now: number, rules: FloodRules): Taken {
  const spent = spend(before[kind], { amount: 1, now, allowance: rules[kind] });
  const spending = { ...before, [kind]: spent.remainder };
  return spent.ok ? { spending, verdict: { ok: true } } : refuse(spending, now, rules, spent.waitMs);
}

/** A person is refused something, of whatever kind. */
export function refuse(before: Spending, now: number, rules: FloodRules, retryAfterMs = 0): Taken {
  const spent = spend(before.refusals, { amount: 1, now, allowance: rules.refusals });
  return {
    spending: { ...before, refusals: spent.remainder },
    verdict: { ok: false, retryAfterMs, isFlood: !spent.ok },
  };
}
