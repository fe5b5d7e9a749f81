import type { Clock } from "@serendip/time";
import { createExpiringMap } from "../domain/collections/expiring-map.ts";
import type { OnceOnly } from "../ports/identity.ts";

/** Entries that are remembered, some 20 MB. */
const MOST_ENTRIES = 100_000;

/**
 * Remembers in this process what was used. Nothing is forgotten before its time, or it could be used again: what finds the
 * memory full is told so.
 *
 * @param lifetimeMs the longest time for which anything has to be remembered
 */
export function memoryOnceOnly(options: {
  readonly clock: Pick<Clock, "now">;
  readonly lifetimeMs: number;
  readonly limit?: number;
}): OnceOnly {
  const { clock, lifetimeMs, limit = MOST_ENTRIES } = options;
  const used = createExpiringMap<string, true>(lifetimeMs);
  return {
    async use(key) {
      const now = clock.now();
      used.dropExpired(now);
      if (used.get(key, now)) return "used";
      if (used.size >= limit) return "full";
      used.set(key, true, now);
      return "new";
    },
  };
}
