import type { Clock } from "@serendip/time";
import { ask, charge, type DoorRules, type DoorSpending, doorMatters } from "../../domain/network/door.ts";
import type { DoorMeter } from "../../ports.ts";

/**
 * Networks that are remembered, about 5 MB. Beyond it the one that asked longest ago is forgotten, as if it had never asked:
 * whoever has so many networks must not be able to shut out everybody else. What they all bring then waits in one queue (SPEC W17).
 */
export const MOST_NETWORKS = 20_000;

interface Entry {
  readonly spending: DoorSpending;
  readonly until: number;
}

export function memoryDoorMeter(clock: Pick<Clock, "now">, rules: DoorRules): DoorMeter {
  /** In the order of the latest request. */
  const entries = new Map<string, Entry>();
  const lifetimeMs = doorMatters(rules);

  const note = (network: string, spending: DoorSpending, now: number): void => {
    entries.delete(network);
    entries.set(network, { spending, until: now + lifetimeMs });
    for (const [oldest, { until }] of entries) {
      if (entries.size <= MOST_NETWORKS && until > now) return;
      entries.delete(oldest);
    }
  };
  const spendingOf = (network: string): DoorSpending => entries.get(network)?.spending ?? {};

  return {
    ask(network, points) {
      const now = clock.now();
      const { spending, verdict } = ask(spendingOf(network), { points, now, rules });
      note(network, spending, now);
      return verdict;
    },
    charge(network, points) {
      const now = clock.now();
      note(network, charge(spendingOf(network), { points, now, rules }), now);
    },
    size: () => entries.size,
  };
}
