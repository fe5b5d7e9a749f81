import { RateLimiterMemory } from "rate-limiter-flexible";
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

/** Most keys that are counted of each class and scope; the oldest is forgotten first. */
const MOST_KEYS = 50_000;
/** What sums of parts of a millisecond may err by. */
const ROUNDING_MS = 0.01;

/** Counts one class for one scope. */
interface Counter {
  /** How long the key has to wait, and, where it does not, what takes one from it. */
  ask(key: string, now: number): Promise<{ readonly waitMs: number; take(): Promise<unknown> }>;
  size(): number;
}

/**
 * A bucket, which the library keeps and forgets. Its own windows are none: around the end of one they let through all at once
 * twice. So what it keeps of a key is the one number that makes a bucket: the instant at which it is full again (generic cell
 * rate algorithm, ITU-T I.371).
 */
function countBy({ most, withinMs }: Quota, mostKeys: number): Counter {
  const fullAt = new RateLimiterMemory({ points: 1, duration: withinMs / 1_000 });
  /** The library has no bound. */
  const keys = createExpiringMap<string, true>(withinMs, {
    most: mostKeys,
    onCrowdedOut: (key) => void fullAt.delete(key),
  });
  return {
    async ask(key, now) {
      keys.dropExpired(now);
      keys.set(key, true, now);
      const kept = await fullAt.get(key);
      const next = Math.max(now, kept?.consumedPoints ?? 0) + withinMs / most;
      const waitMs = Math.max(0, Math.ceil(next - now - withinMs - ROUNDING_MS));
      return { waitMs, take: () => fullAt.set(key, next, (next - now) / 1_000) };
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
      if (quota) counters.set(nameOf(doorClass, scope), countBy(quota, mostKeys));
    }
  // From here, since parts of a millisecond are lost in numbers as long as the time of day.
  const startedAt = steadyNow();

  /** Takes it for each scope, or, where it is too much for one, for none; then the longest pause is told. */
  async function take(doorClass: DoorClass, keys: LimitKeys): Promise<LimitVerdict> {
    const now = steadyNow() - startedAt;
    const asked = SCOPES.flatMap((scope) => {
      const key = keys[scope];
      const counter = counters.get(nameOf(doorClass, scope));
      return key === undefined || !counter ? [] : [counter.ask(key, now)];
    });
    const verdicts = await Promise.all(asked);
    const retryAfterMs = Math.max(0, ...verdicts.map(({ waitMs }) => waitMs));
    if (retryAfterMs > 0) return { ok: false, retryAfterMs };
    await Promise.all(verdicts.map((verdict) => verdict.take()));
    return { ok: true };
  }

  /** One after the other: between the question and the taking nobody else may come. */
  let last: Promise<unknown> = Promise.resolve();
  return {
    take(doorClass, keys) {
      const verdict = last.then(() => take(doorClass, keys));
      last = verdict.catch(() => undefined);
      return verdict;
    },
    size: () => [...counters.values()].reduce((sum, counter) => sum + counter.size(), 0),
  };
}
