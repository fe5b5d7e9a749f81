import type { Search } from "./session.ts";

/**
 * The searches that can be matched now, oldest first.
 *
 * They are kept in one line per device when two sessions of one device may not meet: a search looks only through the other
 * lines, so a thousand tabs of one device slow nobody down. Inserting in the middle (a return to an old place) is a binary
 * search and one move of memory.
 */
export interface WaitingQueue {
  readonly size: number;
  has(search: Search): boolean;
  add(search: Search): void;
  /** Does nothing for a search that is not in the queue. */
  remove(search: Search): void;
  /** The oldest acceptable search that does not stand in the asker's own line: each other line is read up to its first. */
  oldest(asker: Search, accepts: (candidate: Search) => boolean): Search | undefined;
  /** Place in the queue, 1 is next; undefined when not in the queue. A binary search in each line. */
  position(search: Search): number | undefined;
  /** All searches; in order only within a line. */
  all(): Iterable<Search>;
}

const isBefore = (a: Search, b: Search) =>
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
  const lines = new Map<string, Search[]>();
  /** The line of each search, remembered because a hello may bring its session another device while it waits. */
  const lineOf = new Map<Search, string>();

  const nameFor = ({ session }: Search) => {
    if (!apart) return "";
    return session.deviceGroup === undefined ? `user ${session.userId}` : `device ${session.deviceGroup}`;
  };

  return {
    get size() {
      return lineOf.size;
    },
    has: (search) => lineOf.has(search),
    add(search) {
      if (lineOf.has(search)) return;
      const name = nameFor(search);
      const line = lines.get(name) ?? [];
      lines.set(name, line);
      lineOf.set(search, name);
      line.splice(rankIn(line, search), 0, search);
    },
    remove(search) {
      const name = lineOf.get(search);
      const line = name === undefined ? undefined : lines.get(name);
      if (name === undefined || !line) return;
      lineOf.delete(search);
      line.splice(rankIn(line, search), 1);
      if (line.length === 0) lines.delete(name);
    },
    oldest(asker, accepts) {
      const own = apart ? nameFor(asker) : undefined;
      let best: Search | undefined;
      for (const [name, line] of lines) {
        if (name === own) continue;
        for (const candidate of line) {
          if (best && isBefore(best, candidate)) break;
          if (candidate === asker || !accepts(candidate)) continue;
          best = candidate;
          break;
        }
      }
      return best;
    },
    position(search) {
      if (!lineOf.has(search)) return undefined;
      let before = 0;
      for (const line of lines.values()) before += rankIn(line, search);
      return before + 1;
    },
    all: () => lineOf.keys(),
  };
}
