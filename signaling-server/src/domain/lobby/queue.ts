import type { Search } from "./session.ts";

/** A line of searches, oldest first. All of them are of one device and network, and so of one standing. */
interface Line {
  readonly name: string;
  readonly searches: Search[];
}

/** What a search asks of the queue. */
export interface Wish {
  /** The rank of a search, and of all others of its device and network: lower ones go first. */
  readonly rankOf: (candidate: Search) => number;
  /** Whether the asker may look at searches of this rank at all by now. */
  readonly reaches: (rank: number) => boolean;
  readonly accepts: (candidate: Search) => boolean;
}

/**
 * The searches that can be matched now, oldest first.
 *
 * They are kept in one line per device and network, so a thousand tabs of one device slow nobody down who may not meet them.
 * Inserting in the middle (a return to an old place) is a binary search and one move of memory.
 */
export interface WaitingQueue {
  readonly size: number;
  has(search: Search): boolean;
  add(search: Search): void;
  /** Does nothing for a search that is not in the queue. */
  remove(search: Search): void;
  /**
   * The oldest acceptable search of the best rank; none of the asker's own device where these are kept apart. Each line is
   * read up to its first.
   */
  best(asker: Search, wish: Wish): Search | undefined;
  /** The searches of each line whose first one is accepted: a test of device or network. */
  ofOwners(accepts: (first: Search) => boolean): Iterable<Search>;
  /** Place in the queue, 1 is next; undefined when not in the queue. A binary search in each line. */
  position(search: Search): number | undefined;
  /** All searches; in order only within a line. */
  all(): Iterable<Search>;
}

/** Whether the first of two searches has waited longer. */
export const isBefore = (a: Search, b: Search) =>
  a.startedAt < b.startedAt || (a.startedAt === b.startedAt && a.order < b.order);

/** Number of searches in a line that come before `search`. */
function rankIn(line: readonly Search[], search: Search): number {
  let low = 0;
  let high = line.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = line[middle];
    if (other && isBefore(other, search)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** @param apart whether sessions of one device are kept apart. */
export function createWaitingQueue(apart: boolean): WaitingQueue {
  const lines = new Map<string, Line>();
  /** The line of each search, remembered because a hello may bring its session another device while it waits. */
  const lineOf = new Map<Search, Line>();

  const nameFor = ({ session: { deviceKey, networkKey = "" } }: Search) =>
    `${deviceKey.length} ${deviceKey}${networkKey}`;
  const isOneDevice = (a: Search, b: Search) => a.session.deviceKey === b.session.deviceKey;

  return {
    get size() {
      return lineOf.size;
    },
    has: (search) => lineOf.has(search),
    add(search) {
      if (lineOf.has(search)) return;
      const name = nameFor(search);
      const line = lines.get(name) ?? { name, searches: [] };
      lines.set(name, line);
      lineOf.set(search, line);
      line.searches.splice(rankIn(line.searches, search), 0, search);
    },
    remove(search) {
      const line = lineOf.get(search);
      if (!line) return;
      lineOf.delete(search);
      line.searches.splice(rankIn(line.searches, search), 1);
      if (line.searches.length === 0) lines.delete(line.name);
    },
    best(asker, { rankOf, reaches, accepts }) {
      let best: { readonly search: Search; readonly rank: number } | undefined;
      for (const { searches } of lines.values()) {
        const [first] = searches;
        if (!first || (apart && isOneDevice(asker, first))) continue;
        const rank = rankOf(first);
        if ((best && rank > best.rank) || !reaches(rank)) continue;
        for (const search of searches) {
          if (best && rank === best.rank && isBefore(best.search, search)) break;
          if (search === asker || !accepts(search)) continue;
          best = { search, rank };
          break;
        }
      }
      return best?.search;
    },
    *ofOwners(accepts) {
      for (const { searches } of lines.values()) if (searches[0] && accepts(searches[0])) yield* searches;
    },
    position(search) {
      if (!lineOf.has(search)) return undefined;
      let before = 0;
      for (const { searches } of lines.values()) before += rankIn(searches, search);
      return before + 1;
    },
    all: () => lineOf.keys(),
  };
}
