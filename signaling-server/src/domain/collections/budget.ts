/** How much may come: `burst` at once, and `perSecond` on average. */
export interface Allowance {
  readonly burst: number;
  readonly perSecond: number;
}

/** A token bucket: full at the start, and refilled evenly. */
export interface Budget {
  /** Takes `amount` at the instant `now` (milliseconds); false when there is not so much left, and nothing is taken. */
  spend(amount: number, now: number): boolean;
}

export function createBudget({ burst, perSecond }: Allowance): Budget {
  let left = burst;
  let filledAt: number | undefined;
  return {
    spend(amount, now) {
      if (filledAt !== undefined) left = Math.min(burst, left + ((now - filledAt) / 1_000) * perSecond);
      filledAt = now;
      if (amount > left) return false;
      left -= amount;
      return true;
    },
  };
}
