/**
 * Entries that all live equally long. The oldest is always first, so that dropping what is over costs only as much
 * as there is to drop.
 */
export interface ExpiringMap<Key, Value> {
  readonly size: number;
  /** The value, unless its time is over. */
  get(key: Key, now: number): Value | undefined;
  /** Sets, or sets anew, for the whole lifetime from `now`. */
  set(key: Key, value: Value, now: number): void;
  delete(key: Key): void;
  /** Removes what is over and hands each of it to `onDropped`. */
  dropExpired(now: number, onDropped?: (key: Key, value: Value) => void): void;
}

export function createExpiringMap<Key, Value>(lifetimeMs: number): ExpiringMap<Key, Value> {
  const entries = new Map<Key, { readonly value: Value; readonly until: number }>();
  return {
    get size() {
      return entries.size;
    },
    get(key, now) {
      const entry = entries.get(key);
      return entry && entry.until > now ? entry.value : undefined;
    },
    set(key, value, now) {
      entries.delete(key);
      entries.set(key, { value, until: now + lifetimeMs });
    },
    delete(key) {
      entries.delete(key);
    },
    dropExpired(now, onDropped) {
      for (const [key, { value, until }] of entries) {
        if (until > now) return;
        entries.delete(key);
        onDropped?.(key, value);
      }
    },
  };
}
