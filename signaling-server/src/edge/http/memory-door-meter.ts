import type { Clock } from "@serendip/time";
import { createExpiringMap } from "../../domain/collections/expiring-map.ts";
import { ask, charge, type DoorRules, type DoorSpending, doorMatters } from "../../domain/network/door.ts";
import type { DoorMeter } from "../../ports/counting.ts";

/**
 * Networks that are remembered, about 5 MB. Beyond it the one that asked longest ago is forgotten, as if it had never asked:
 * whoever has so many networks must not be able to shut out everybody else. What they all bring then waits in one queue (SPEC W17).
 */
export const MOST_NETWORKS = 20_000;

export function memoryDoorMeter(clock: Pick<Clock, "now">, rules: DoorRules): DoorMeter {
  const spendings = createExpiringMap<string, DoorSpending>(doorMatters(rules), { most: MOST_NETWORKS });

  const note = (network: string, spending: DoorSpending, now: number): void => {
    spendings.set(network, spending, now);
    spendings.dropExpired(now);
  };
  const spendingOf = (network: string, now: number): DoorSpending => spendings.get(network, now) ?? {};

  return {
    ask(network, points) {
      const now = clock.now();
      const { spending, verdict } = ask(spendingOf(network, now), { points, now, rules });
      note(network, spending, now);
      return verdict;
    },
    charge(network, points) {
      const now = clock.now();
      note(network, charge(spendingOf(network, now), { points, now, rules }), now);
    },
    size: () => spendings.size,
  };
}
