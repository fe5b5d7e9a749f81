import type { UserId } from "@serendip/protocol";
import { createExpiringMap } from "../collections/expiring-map.ts";

/** The pairs that were together lately (SPEC M5). A mark belongs to a pair, so it holds for both or for neither. */
export interface RecentPartners {
  /** Number of marked pairs. */
  readonly size: number;
  mark(a: UserId, b: UserId, now: number): void;
  /** The instant at which the mark of the two expires; undefined when they have none. */
  until(a: UserId, b: UserId, now: number): number | undefined;
  /** The users with whom this one is marked; some of the marks may have expired. */
  partnersOf(user: UserId): Iterable<UserId>;
  dropExpired(now: number): void;
}

interface Mark {
  readonly a: UserId;
  readonly b: UserId;
  readonly until: number;
}

/** @param most pairs that are marked; the oldest mark goes first. */
export function createRecentPartners(lifetimeMs: number, most: number): RecentPartners {
  const pairs = createExpiringMap<string, Mark>(lifetimeMs, {
    most,
    onCrowdedOut: (_key, mark) => forget(mark),
  });
  const partners = new Map<UserId, Set<UserId>>();
  const keyOf = (a: UserId, b: UserId) => (a < b ? `${a} ${b}` : `${b} ${a}`);

  const link = (from: UserId, to: UserId) => {
    const known = partners.get(from);
    if (known) known.add(to);
    else partners.set(from, new Set([to]));
  };
  const unlink = (from: UserId, to: UserId) => {
    const known = partners.get(from);
    known?.delete(to);
    if (known?.size === 0) partners.delete(from);
  };

  const forget = ({ a, b }: Mark) => {
    unlink(a, b);
    unlink(b, a);
  };

  return {
    get size() {
      return pairs.size;
    },
    mark(a, b, now) {
      pairs.set(keyOf(a, b), { a, b, until: now + lifetimeMs }, now);
      link(a, b);
      link(b, a);
    },
    // Most people are not marked with each other, and a pair's key is costly to make.
    until: (a, b, now) => (partners.get(a)?.has(b) ? pairs.get(keyOf(a, b), now)?.until : undefined),
    partnersOf: (user) => partners.get(user) ?? [],
    dropExpired(now) {
      pairs.dropExpired(now, (_key, mark) => forget(mark));
    },
  };
}
