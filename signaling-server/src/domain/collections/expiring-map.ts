/**
 * A map whose entries all live equally long. They are kept oldest first, so that removing the expired entries costs no more
 * than their number.
 */
export interface ExpiringMap<Key, Value> {
  readonly size: number;
  /** The value, unless it has expired. */
  get(key: Key, now: number): Value | undefined;
  /** Stores or replaces a value, for the whole lifetime from `now` on. Where there are too many, another entry is dropped. */
  set(key: Key, value: Value, now: number): void;
  delete(key: Key): void;
  /** Removes the expired entries and hands each of them to `onDropped`. */
  dropExpired(now: number, onDropped?: (key: Key, value: Value) => void): void;
}

export interface ExpiringMapOptions<Key, Value> {
  /** Most entries; the oldest one is dropped first. */
  readonly most?: number;
  /** Called with an entry that is dropped because there are too many. */
  readonly onCrowdedOut?: (key: Key, value: Value) => void;
  /** How long the loss of a value makes a difference, an instant: of the oldest few the one that matters least is dropped first. */
  readonly mattersUntil?: (value: Value) => number;
}

/** Entries among which the one to drop is sought: enough that who matters stays, and few enough to cost nothing. */
const CANDIDATES = 16;

export function createExpiringMap<Key, Value>(
  lifetimeMs: number,
  { most = Number.POSITIVE_INFINITY, onCrowdedOut, mattersUntil }: ExpiringMapOptions<Key, Value> = {},
): ExpiringMap<Key, Value> {
  const entries = new Map<Key, { readonly value: Value; readonly until: number }>();

  const leastOfOldest = (): Key | undefined => {
    let least: { readonly key: Key; readonly until: number } | undefined;
    let seen = 0;
    for (const [key, { value }] of entries) {
      const until = mattersUntil?.(value) ?? 0;
      if (!least || until < least.until) least = { key, until };
      seen += 1;
      if (!mattersUntil || seen >= CANDIDATES) break;
    }
    return least?.key;
  };

  const makeRoom = (): void => {
    const key = leastOfOldest();
    const entry = key === undefined ? undefined : entries.get(key);
    if (key === undefined || !entry) return;
    entries.delete(key);
    onCrowdedOut?.(key, entry.value);
  };

  return {
    get size() {
      return entries.size;
    },
    get(key, now) {
      const entry = entries.get(key);
      return entry && entry.until > now ? entry.value : undefined;
    },
    set(key, value, now) {
      if (!entries.delete(key) && entries.size >= most) makeRoom();
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
