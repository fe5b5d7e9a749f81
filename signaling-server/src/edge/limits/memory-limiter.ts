import { createExpiringMap } from "../../domain/collections/expiring-map.ts";
import {
  type LimitKeys,
  type LimitVerdict,
  type Quota,
  SCOPES,
  type Scope,
} from "../../domain/limits/quota.ts";
import type { DoorClass, DoorLimits } from "../../domain/limits/table.ts";
import type { Limiter } from "../../ports/counting.ts";

/** Most keys that are counted of each class and scope; of the oldest few the one with most left is forgotten first (SPEC B8). */
const MOST_KEYS = 50_000;
/** What sums of parts of a millisecond may err by. */
const ROUNDING_MS = 0.01;

/** Counts one class for one scope. */
interface Counter {
  /** How long the key has to wait; 0: it may take one. */
  waitMs(key: string, now: number): number;
  take(key: string, now: number): void;
  size(): number;
}

/**
 * A bucket. Of each key one number is kept: the instant at which its bucket is full again (generic cell rate algorithm, ITU-T
 * I.371), after which nothing has to be remembered.
 */
function countBy({ most, withinMs }: Quota, mostKeys: number): Counter {
  const fullAt = createExpiringMap<string, number>(withinMs, {
    most: mostKeys,
    mattersUntil: (until) => until,
  });
  const fullAfter = (key: string, now: number) => Math.max(now, fullAt.get(key, now) ?? 0) + withinMs / most;
  return {
    waitMs: (key, now) => Math.max(0, Math.ceil(fullAfter(key, now) - now - withinMs - ROUNDING_MS)),
    take(key, now) {
      fullAt.dropExpired(now);
      fullAt.set(key, fullAfter(key, now), now);
    },
    size: () => fullAt.size,
  };
}

export interface MemoryLimiter extends Limiter {
  /** Number of keys that are counted. */
  size(): number;
}

/** The counts of one process. What is refused is taken from nobody. */
export function memoryLimiter(
  steadyNow: () => number,
  table: DoorLimits,
  { mostKeys = MOST_KEYS } = {},
): MemoryLimiter {
  const counters = new Map<DoorClass, readonly (readonly [Scope, Counter])[]>();
  for (const doorClass of Object.keys(table) as DoorClass[])
    counters.set(
      doorClass,
      SCOPES.flatMap((scope) => {
        const quota = table[doorClass][scope];
        return quota ? [[scope, countBy(quota, mostKeys)] as const] : [];
      }),
    );
  // From here, since parts of a millisecond are lost in numbers as long as the time of day.
  const startedAt = steadyNow();

  /** Takes it for each scope, or, where it is too much for one, for none; then the longest pause is told. */
  function take(doorClass: DoorClass, keys: LimitKeys): LimitVerdict {
    const now = steadyNow() - startedAt;
    const counts = counters.get(doorClass) ?? [];
    let retryAfterMs = 0;
    for (const [scope, counter] of counts) {
      const key = keys[scope];
      if (key !== undefined) retryAfterMs = Math.max(retryAfterMs, counter.waitMs(key, now));
    }
    if (retryAfterMs > 0) return { ok: false, retryAfterMs };
    for (const [scope, counter] of counts) {
      const key = keys[scope];
      if (key !== undefined) counter.take(key, now);
    }
    return { ok: true };
  }

  return {
    // At once, so that between the question and the taking nobody else can come.
    take: async (doorClass, keys) => take(doorClass, keys),
    size: () => [...counters.values()].flat().reduce((sum, [, counter]) => sum + counter.size(), 0),
  };
}
