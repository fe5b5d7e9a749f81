/**
 * A map whose entries all live equally long. They are kept oldest first, so that removing the expired entries costs no more
 * than their number.
 */
export interface ExpiringMap<Key, Value> {
  readonly size: number;
  /** The value, unless it has expired. */
  get(key: Key, now: number): Value | undefined;
  /** Stores or replaces a value, for the whole lifetime from `now` on. */
  set(key: Key, value: Value, now: number): void;
  delete(key: Key): void;
  /** Removes the expired entries and hands each of them to `onDropped`. */
  dropExpired(now: number, onDropped?: (key: Key, value: Value) => void): void;
  /** Removes the entry that was set first. */
  dropOldest(): void;
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
    dropOldest() {
      for (const key of entries.keys()) {
        entries.delete(key);
        return;
      }
    },
  };
}
