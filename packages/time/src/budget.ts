/** How much may come: `burst` at once, and `perSecond` on average. */
export interface Allowance {
  readonly burst: number;
  readonly perSecond: number;
}

/** What is left of an allowance, as plain data: `left` at the instant `at`. */
export interface Remainder {
  readonly left: number;
  readonly at: number;
}

/** What a spending came to. Where there was not so much left, nothing was taken, and there will be after `waitMs`. */
export type Spent =
  | { readonly ok: true; readonly remainder: Remainder }
  | { readonly ok: false; readonly remainder: Remainder; readonly waitMs: number };

/**
 * Takes `amount` from an allowance that is refilled evenly, at the instant `now` (milliseconds).
 *
 * @param before undefined: nothing has been taken yet, or so long ago that it makes no difference.
 */
export function spend(
  before: Remainder | undefined,
  {
    amount,
    now,
    allowance,
  }: { readonly amount: number; readonly now: number; readonly allowance: Allowance },
): Spent {
  const { burst, perSecond } = allowance;
  const refilled = before ? before.left + ((now - before.at) / 1_000) * perSecond : burst;
  const left = Math.min(burst, refilled);
  if (amount > left) {
    const waitMs = Math.ceil(((amount - left) / perSecond) * 1_000);
    return { ok: false, remainder: { left, at: now }, waitMs };
  }
  return { ok: true, remainder: { left: left - amount, at: now } };
}

/** The time after which an allowance is whole again, whatever was taken, milliseconds. */
export const refillMs = ({ burst, perSecond }: Allowance): number => Math.ceil((burst / perSecond) * 1_000);

/** A token bucket: full at the start, and refilled evenly. */
export interface Budget {
  /** Takes `amount` at the instant `now` (milliseconds); false when there is not so much left, and nothing is taken. */
  spend(amount: number, now: number): boolean;
}

export function createBudget(allowance: Allowance): Budget {
  let remainder: Remainder | undefined;
  return {
    spend(amount, now) {
      const spent = spend(remainder, { amount, now, allowance });
      remainder = spent.remainder;
      return spent.ok;
    },
  };
}
