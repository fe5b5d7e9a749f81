import { type Allowance, type Clock, type Remainder, refillMs, spend } from "@serendip/time";
import { createExpiringMap } from "../../domain/collections/expiring-map.ts";
import type { CheckMeter } from "../../ports/counting.ts";
import type { TurnGroupKind } from "../../ports/turn.ts";

/**
 * A check holds a handful of relays for seconds, out of those that its network has for calls: so many at once leave most of
 * them to calls.
 */
const CHECK_ALLOWANCES: Readonly<Record<TurnGroupKind, Allowance>> = {
  network: { burst: 20, perSecond: 0.5 },
  device: { burst: 10, perSecond: 0.1 },
};

/** Most groups that are remembered; the one that has not asked for the longest time is forgotten first. */
const MOST_GROUPS = 20_000;

/** The counts in this process' memory. A group is forgotten as soon as it makes no difference. */
export function memoryCheckMeter(clock: Pick<Clock, "now">): CheckMeter {
  const remainders = createExpiringMap<string, Remainder>(
    Math.max(...Object.values(CHECK_ALLOWANCES).map(refillMs)),
    { most: MOST_GROUPS },
  );
  return {
    take(kind, group) {
      const now = clock.now();
      remainders.dropExpired(now);
      const before = remainders.get(group, now);
      const spent = spend(before, { amount: 1, now, allowance: CHECK_ALLOWANCES[kind] });
      remainders.set(group, spent.remainder, now);
      return spent.ok ? 0 : spent.waitMs;
    },
    size: () => remainders.size,
  };
}
