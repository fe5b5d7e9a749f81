/** The place of a value in an `ExpiringMap`: who keeps it need not look the value up again. */
export interface Entry<Value> {
  readonly value: Value;
  /** The end of its life. Once it is not in the map any more, for whatever reason, no instant is before it. */
  readonly until: number;
}

/**
 * A map whose entries all live equally long. They are kept oldest first, so that removing the expired entries costs no more
 * than their number.
 */
export interface ExpiringMap<Key, Value> {
  readonly size: number;
  /** The value, unless it has expired. */
  get(key: Key, now: number): Value | undefined;
  /** Stores or replaces a value, for the whole lifetime from `now` on. Where there are too many, another entry is dropped. */
  set(key: Key, value: Value, now: number): Entry<Value>;
  /** The entry of a key, unless it has expired. It is the same one as long as the key is in the map. */
  entry(key: Key, now: number): Entry<Value> | undefined;
  /** Lets an entry that has not expired live for the whole lifetime from `now` on. */
  renew(entry: Entry<Value>, now: number): void;
  delete(key: Key): void;
  /** Removes the expired entries and hands each of them to `onDropped`. */
  dropExpired(now: number, onDropped?: (key: Key, value: Value) => void): void;
}

export interface ExpiringMapOptions<Key, Value> {
  /** How much longer an entry may live, so that one in steady use is moved in the order only so often, milliseconds. */
  readonly slackMs?: number;
  /** Most entries; the oldest one is dropped first. */
  readonly most?: number;
  /** Called with an entry that is dropped because there are too many. */
  readonly onCrowdedOut?: (key: Key, value: Value) => void;
  /** How long the loss of a value makes a difference, an instant: of the oldest few the one that matters least is dropped first. */
  readonly mattersUntil?: (value: Value) => number;
}

/** Entries among which the one to drop is sought: enough that who matters stays, and few enough to cost nothing. */
const CANDIDATES = 16;

class Link<Key, Value> implements Entry<Value> {
  readonly key: Key;
  value: Value;
  until = Number.NEGATIVE_INFINITY;
  older: Link<Key, Value> | undefined = undefined;
  newer: Link<Key, Value> | undefined = undefined;

  constructor(key: Key, value: Value) {
    this.key = key;
    this.value = value;
  }
}

export function createExpiringMap<Key, Value>(
  lifetimeMs: number,
  {
    slackMs = 0,
    most = Number.POSITIVE_INFINITY,
    onCrowdedOut,
    mattersUntil,
  }: ExpiringMapOptions<Key, Value> = {},
): ExpiringMap<Key, Value> {
  const links = new Map<Key, Link<Key, Value>>();
  // A list beside the map, because what is used moves to its end, and a map would have to forget and learn the key for that.
  let oldest: Link<Key, Value> | undefined;
  let newest: Link<Key, Value> | undefined;

  const append = (link: Link<Key, Value>): void => {
    link.older = newest;
    if (newest) newest.newer = link;
    else oldest = link;
    newest = link;
  };

  const takeOut = (link: Link<Key, Value>): void => {
    const { older, newer } = link;
    if (older) older.newer = newer;
    else oldest = newer;
    if (newer) newer.older = older;
    else newest = older;
    link.older = undefined;
    link.newer = undefined;
  };

  const remove = (link: Link<Key, Value>): void => {
    takeOut(link);
    link.until = Number.NEGATIVE_INFINITY;
    links.delete(link.key);
  };

  const renew = (link: Link<Key, Value>, now: number): void => {
    if (link.until - now > lifetimeMs) return;
    link.until = now + lifetimeMs + slackMs;
    if (link === newest) return;
    takeOut(link);
    append(link);
  };

  const leastOfOldest = (): Link<Key, Value> | undefined => {
    let least = oldest;
    let leastUntil = Number.POSITIVE_INFINITY;
    let link = oldest;
    for (let seen = 0; mattersUntil && link && seen < CANDIDATES; seen += 1) {
      const until = mattersUntil(link.value);
      if (until < leastUntil) {
        least = link;
        leastUntil = until;
      }
      link = link.newer;
    }
    return least;
  };

  const makeRoom = (): void => {
    const link = leastOfOldest();
    if (!link) return;
    remove(link);
    onCrowdedOut?.(link.key, link.value);
  };

  const find = (key: Key, now: number): Link<Key, Value> | undefined => {
    const link = links.get(key);
    return link && link.until > now ? link : undefined;
  };

  return {
    get size() {
      return links.size;
    },
    get: (key, now) => find(key, now)?.value,
    set(key, value, now) {
      let link = links.get(key);
      if (link) link.value = value;
      else {
        if (links.size >= most) makeRoom();
        link = new Link(key, value);
        links.set(key, link);
        append(link);
      }
      renew(link, now);
      return link;
    },
    entry: find,
    renew: (entry, now) => entry.until > now && renew(entry as Link<Key, Value>, now),
    delete(key) {
      const link = links.get(key);
      if (link) remove(link);
    },
    dropExpired(now, onDropped) {
      for (let link = oldest; link && link.until <= now; link = oldest) {
        remove(link);
        onDropped?.(link.key, link.value);
      }
    },
  };
}
