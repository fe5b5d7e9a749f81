import { type IRateLimiterOptions, RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { createExpiringMap } from "../../domain/collections/expiring-map.ts";
import type { LimitVerdict } from "../../domain/limits/quota.ts";
import { type LimitKeys, type Quota, SCOPES, type Scope } from "../../domain/limits/quota.ts";
import type { DoorClass, DoorLimits } from "../../domain/limits/table.ts";
import type { Limiter } from "../../ports/counting.ts";

/** Most keys that are counted of each class and scope; the oldest is forgotten first. */
const MOST_KEYS = 50_000;

type Paid = { readonly ok: true; giveBack(): Promise<unknown> };
type Refused = { readonly ok: false; readonly retryAfterMs: number };

/** Counts one class for one scope. */
interface Counter {
  take(key: string): Promise<Paid | Refused>;
  size(): number;
}

const windowOf = (points: number, windowMs: number): IRateLimiterOptions => ({
  points,
  duration: windowMs / 1_000,
});

/**
 * `most` at once, and after that one each `withinMs` / `most`. The library has windows: one that holds all at once, and a short
 * one for one at a time, so that who comes after the others waits a moment and not until the long window is over.
 */
function countBy({ most, withinMs }: Quota, mostKeys: number, steadyNow: () => number): Counter {
  const atOnce = { limiter: new RateLimiterMemory(windowOf(most, withinMs)), windowMs: withinMs };
  const oneByOne = {
    limiter: new RateLimiterMemory(windowOf(1, withinMs / most)),
    windowMs: withinMs / most,
  };
  const forget = (key: string) =>
    void Promise.all([atOnce.limiter.delete(key), oneByOne.limiter.delete(key)]);
  /** The library has no bound. */
  const keys = createExpiringMap<string, true>(withinMs, { most: mostKeys, onCrowdedOut: forget });

  const consume = async ({ limiter, windowMs }: typeof atOnce, key: string): Promise<Paid | Refused> => {
    try {
      await limiter.consume(key);
      return { ok: true, giveBack: () => limiter.reward(key) };
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      // The library goes by the system's time. Its timers do not, so where that is set back a window ends when it should.
      return { ok: false, retryAfterMs: Math.ceil(Math.min(refusal.msBeforeNext, windowMs)) };
    }
  };

  return {
    async take(key) {
      const now = steadyNow();
      keys.dropExpired(now);
      keys.set(key, true, now);
      const first = await consume(atOnce, key);
      if (first.ok) return first;
      const second = await consume(oneByOne, key);
      if (second.ok) return second;
      return { ok: false, retryAfterMs: Math.max(1, Math.min(first.retryAfterMs, second.retryAfterMs)) };
    },
    size: () => keys.size,
  };
}

export interface MemoryLimiter extends Limiter {
  /** Number of keys that are counted. */
  size(): number;
}

/** The counts of one process, kept by `rate-limiter-flexible`. */
export function memoryLimiter(
  steadyNow: () => number,
  table: DoorLimits,
  { mostKeys = MOST_KEYS } = {},
): MemoryLimiter {
  const counters = new Map<string, Counter>();
  const nameOf = (doorClass: DoorClass, scope: Scope) => `${doorClass} ${scope}`;
  for (const doorClass of Object.keys(table) as DoorClass[])
    for (const scope of SCOPES) {
      const quota = table[doorClass][scope];
      if (quota) counters.set(nameOf(doorClass, scope), countBy(quota, mostKeys, steadyNow));
    }

  async function take(doorClass: DoorClass, keys: LimitKeys): Promise<LimitVerdict> {
    const paid: Paid[] = [];
    for (const scope of SCOPES) {
      const key = keys[scope];
      const counter = counters.get(nameOf(doorClass, scope));
      if (key === undefined || !counter) continue;
      const payment = await counter.take(key);
      if (payment.ok) {
        paid.push(payment);
        continue;
      }
      await Promise.all(paid.map(({ giveBack }) => giveBack()));
      return payment;
    }
    return { ok: true };
  }

  return {
    take,
    size: () => [...counters.values()].reduce((sum, counter) => sum + counter.size(), 0),
  };
}
