import type { UserId } from "@serendip/protocol";
import type { Clock } from "@serendip/time";
import { createExpiringMap } from "../../domain/collections/expiring-map.ts";
import { type FloodRules, refuse, type Spending, spendingMatters, take } from "../../domain/flood.ts";
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
  const count = (
    userId: UserId,
    by: (before: Spending, now: number) => ReturnType<typeof take>,
  ): ReturnType<typeof take>["verdict"] => {
    const now = clock.now();
    spendings.dropExpired(now);
    const { spending, verdict } = by(spendings.get(userId, now) ?? {}, now);
    spendings.set(userId, spending, now);
    return verdict;
  };
  return {
    take: (userId, kind) => count(userId, (before, now) => take(before, kind, now, rules)),
    refuse(userId) {
      const verdict = count(userId, (before, now) => refuse(before, now, rules));
      return { isFlood: !verdict.ok && verdict.isFlood };
    },
    size: () => spendings.size,
  };
}
