import { LIMITS } from "@serendip/protocol";
import { type Allowance, type Budget, createBudget, refillMs } from "@serendip/time";

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

/** After this time it makes no difference what somebody has spent, milliseconds. */
export const spendingMatters = (rules: FloodRules): number => Math.max(...Object.values(rules).map(refillMs));

/** `isFlood`: the person was refused so often that nobody should have to bear it any longer. */
export type FloodVerdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly retryAfterMs: number; readonly isFlood: boolean };

const OK: FloodVerdict = { ok: true };

/** What is left to one person, changed in place. What has never been touched is whole. */
export interface Spending {
  /** The person does something of this kind at the instant `now` (milliseconds). */
  take(kind: FloodKind, now: number): FloodVerdict;
  /** The person is refused something, of whatever kind; whether that is enough. */
  refuse(now: number): { readonly isFlood: boolean };
}

/** One object for each person, because there are as many as people talk. */
class PersonSpending implements Spending {
  readonly #rules: FloodRules;
  readonly #budgets: Record<keyof FloodRules, Budget | undefined> = {
    generations: undefined,
    restarts: undefined,
    candidates: undefined,
    refusals: undefined,
  };

  constructor(rules: FloodRules) {
    this.#rules = rules;
  }

  take(kind: FloodKind, now: number): FloodVerdict {
    const budget = this.#budgetOf(kind);
    if (budget.spend(1, now)) return OK;
    return { ok: false, retryAfterMs: budget.waitMs(1, now), ...this.refuse(now) };
  }

  refuse(now: number): { readonly isFlood: boolean } {
    return { isFlood: !this.#budgetOf("refusals").spend(1, now) };
  }

  #budgetOf(kind: keyof FloodRules): Budget {
    const known = this.#budgets[kind];
    if (known) return known;
    const budget = createBudget(this.#rules[kind]);
    this.#budgets[kind] = budget;
    return budget;
  }
}

export const openSpending = (rules: FloodRules): Spending => new PersonSpending(rules);
