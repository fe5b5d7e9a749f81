import { type Allowance, type Clock, type Remainder, refillMs, spend } from "@serendip/time";
import { createExpiringMap } from "../../domain/collections/expiring-map.ts";

/** How many accounts a group may have for checks, by what the group is (SPEC K24). */
export interface CheckAllowances {
  readonly network: Allowance;
  readonly device: Allowance;
}

/**
 * A check holds a handful of relays for seconds, out of those that its network has for calls: so many at once leave most of
 * them to calls.
 */
export const CHECK_ALLOWANCES: CheckAllowances = {
  network: { burst: 20, perSecond: 0.5 },
  device: { burst: 10, perSecond: 0.1 },
};

/** Most groups that are remembered; the one that has not asked for the longest time is forgotten first. */
const MOST_GROUPS = 20_000;

/** Counts the accounts for checks, of groups of people who pay together. */
export interface CheckMeter {
  /** Takes one; 0, or how long to wait for the next one, milliseconds. */
  take(kind: keyof CheckAllowances, group: string): number;
  /** Number of groups that are remembered. */
  size(): number;
}

export function createCheckMeter(
  clock: Pick<Clock, "now">,
  allowances: CheckAllowances = CHECK_ALLOWANCES,
): CheckMeter {
  const remainders = createExpiringMap<string, Remainder>(
    Math.max(...Object.values(allowances).map(refillMs)),
  );
  return {
    take(kind, group) {
      const now = clock.now();
      remainders.dropExpired(now);
      const before = remainders.get(group, now);
      const spent = spend(before, { amount: 1, now, allowance: allowances[kind] });
      if (!before && remainders.size >= MOST_GROUPS) remainders.dropOldest();
      remainders.set(group, spent.remainder, now);
      return spent.ok ? 0 : spent.waitMs;
    },
    size: () => remainders.size,
  };
}
