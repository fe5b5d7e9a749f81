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

/**
 * What a spending came to. Where there was not so much left, nothing was taken: there will be after `waitMs`, and not a millisecond
 * before.
 */
export type Spent =
  | { readonly ok: true; readonly remainder: Remainder }
  | { readonly ok: false; readonly remainder: Remainder; readonly waitMs: number };

/**
 * Takes `amount` from an allowance that is refilled evenly, at the instant `now` (whole milliseconds).
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
  const remainder = before ?? { left: allowance.burst, at: now };
  const left = leftAt(remainder, now, allowance);
  return amount <= left
    ? { ok: true, remainder: { left: left - amount, at: now } }
    : { ok: false, remainder, waitMs: waitMs(remainder, { amount, now, allowance }) };
}

function leftAt(remainder: Remainder, instant: number, { burst, perSecond }: Allowance): number {
  return Math.min(burst, remainder.left + ((instant - remainder.at) / 1_000) * perSecond);
}

function waitMs(
  remainder: Remainder,
  {
    amount,
    now,
    allowance,
  }: { readonly amount: number; readonly now: number; readonly allowance: Allowance },
): number {
  const missing = amount - leftAt(remainder, now, allowance);
  const roughMs = Math.ceil((missing / allowance.perSecond) * 1_000);
  // What is asked again later is reckoned from the same remainder, so a rounding that errs by a millisecond shows here.
  const isEnough = (ms: number) => amount <= leftAt(remainder, now + ms, allowance);
  if (!isEnough(roughMs)) return roughMs + 1;
  return isEnough(roughMs - 1) ? roughMs - 1 : roughMs;
}

/** The time after which an allowance is whole again, whatever was taken, milliseconds. */
export const refillMs = ({ burst, perSecond }: Allowance): number => Math.ceil((burst / perSecond) * 1_000);

/** A token bucket: full at the start, and refilled evenly. */
export interface Budget {
  /** Takes `amount` at the instant `now` (milliseconds); false when there is not so much left, and nothing is taken. */
  spend(amount: number, now: number): boolean;
  /** How long until there is so much, as `Spent` says it, milliseconds; 0: there is. Takes nothing. */
  waitMs(amount: number, now: number): number;
  /** The instant from which on it is whole, and makes no difference any more. */
  wholeAt(): number;
}

/** Changed in place, and one object with two numbers: there is one for each thing that is counted of each person. */
class TokenBucket implements Budget {
  readonly allowance: Allowance;
  left: number;
  at = 0;

  constructor(allowance: Allowance) {
    this.allowance = allowance;
    this.left = allowance.burst;
  }

  spend(amount: number, now: number): boolean {
    const left = leftAt(this, now, this.allowance);
    if (amount > left) return false;
    this.left = left - amount;
    this.at = now;
    return true;
  }

  waitMs(amount: number, now: number): number {
    const { allowance } = this;
    return amount <= leftAt(this, now, allowance) ? 0 : waitMs(this, { amount, now, allowance });
  }

  wholeAt(): number {
    const { burst, perSecond } = this.allowance;
    return this.at + ((burst - this.left) / perSecond) * 1_000;
  }
}

export const createBudget = (allowance: Allowance): Budget => new TokenBucket(allowance);
