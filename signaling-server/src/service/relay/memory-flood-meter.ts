import type { UserId } from "@serendip/protocol";
import type { Clock } from "@serendip/time";
import { createExpiringMap } from "../../domain/collections/expiring-map.ts";
import { type FloodRules, openSpending, type Spending, spendingMatters } from "../../domain/flood.ts";
import type { FloodMeter } from "../../ports/counting.ts";

/** Most people of whom something is known; of more the one who was silent longest is forgotten. */
const MOST_PEOPLE = 100_000;

/** The counts in this process' memory. Somebody is forgotten as soon as it makes no difference, or where there are too many. */
export function memoryFloodMeter(
  clock: Pick<Clock, "now">,
  rules: FloodRules,
  { most = MOST_PEOPLE } = {},
): FloodMeter {
  const spendings = createExpiringMap<UserId, Spending>(spendingMatters(rules), { most });
  const spendingOf = (userId: UserId, now: number): Spending => {
    spendings.dropExpired(now);
    const known = spendings.entry(userId, now);
    if (known) spendings.renew(known, now);
    return (known ?? spendings.set(userId, openSpending(rules), now)).value;
  };
  return {
    take(userId, kind) {
      const now = clock.now();
      return spendingOf(userId, now).take(kind, now);
    },
    refuse(userId) {
      const now = clock.now();
      return spendingOf(userId, now).refuse(now);
    },
    size: () => spendings.size,
  };
}
