import { createExpiringMap, type ExpiringMap } from "./expiring-map.ts";

/** An expiring map that holds no more than a number of entries. */
export type BoundedMap<Key, Value> = Pick<ExpiringMap<Key, Value>, "size" | "get" | "set" | "delete">;

/** Makes a map whose entries live for `lifetimeMs`; where there are more than `limit`, the one that was set first goes. */
export function createBoundedMap<Key, Value>(options: {
  readonly lifetimeMs: number;
  readonly limit: number;
}): BoundedMap<Key, Value> {
  const { lifetimeMs, limit } = options;
  const entries = createExpiringMap<Key, Value>(lifetimeMs);
  return {
    get size() {
      return entries.size;
    },
    get: (key, now) => entries.get(key, now),
    set(key, value, now) {
      entries.set(key, value, now);
      entries.dropExpired(now);
      if (entries.size > limit) entries.dropOldest();
    },
    delete: (key) => entries.delete(key),
  };
}
