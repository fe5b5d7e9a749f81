/** Key of a deadline's position. It stays in this file, so that nobody else can make a deadline or move one. */
const POSITION = Symbol("position in the heap");

/** Something that has to happen at an instant. Belongs to the `Deadlines` that armed it. */
export interface Deadline<Due> {
  readonly at: number;
  readonly due: Due;
  readonly rank: number;
  /** Index in the heap; -1 once the deadline has left it. */
  [POSITION]: number;
}

/**
 * All deadlines of a lobby, earliest first. A cancelled deadline is removed at once, so there are never more of them than
 * there are things that wait. Arming and cancelling cost O(log n).
 */
export interface Deadlines<Due> {
  /**
   * Of several deadlines at one instant the one with the lower `rank` is taken first; without a rank, the one armed first.
   *
   * @param at reading of the lobby's clock, milliseconds.
   */
  arm(at: number, due: Due, rank?: number): Deadline<Due>;
  /** Removes a deadline. One that was cancelled or taken before, or armed elsewhere, is ignored. */
  cancel(deadline: Deadline<Due> | undefined): void;
  /** The earliest instant, undefined when nothing waits. */
  next(): number | undefined;
  /** Removes and returns the earliest one that is due at `now`. */
  takeDue(now: number): Deadline<Due> | undefined;
}

/** A binary heap whose deadlines know their position, for removal from the middle. */
export function createDeadlines<Due>(): Deadlines<Due> {
  const heap: Deadline<Due>[] = [];
  let armed = 0;

  const before = (a: Deadline<Due>, b: Deadline<Due>) => a.at < b.at || (a.at === b.at && a.rank < b.rank);
  const put = (deadline: Deadline<Due>, index: number) => {
    heap[index] = deadline;
    deadline[POSITION] = index;
  };

  const rise = (deadline: Deadline<Due>) => {
    while (deadline[POSITION] > 0) {
      const up = (deadline[POSITION] - 1) >> 1;
      const parent = heap[up];
      if (!parent || !before(deadline, parent)) return;
      put(parent, deadline[POSITION]);
      put(deadline, up);
    }
  };

  const sink = (deadline: Deadline<Due>) => {
    for (;;) {
      const left = heap[2 * deadline[POSITION] + 1];
      const right = heap[2 * deadline[POSITION] + 2];
      const child = left && right && before(right, left) ? right : left;
      if (!child || !before(child, deadline)) return;
      const down = child[POSITION];
      put(child, deadline[POSITION]);
      put(deadline, down);
    }
  };

  const remove = (deadline: Deadline<Due>) => {
    const index = deadline[POSITION];
    deadline[POSITION] = -1;
    const last = heap.pop();
    if (!last || last === deadline) return;
    put(last, index);
    rise(last);
    sink(last);
  };

  return {
    arm(at, due, rank) {
      armed += 1;
      const deadline: Deadline<Due> = { at, due, rank: rank ?? armed, [POSITION]: heap.length };
      heap.push(deadline);
      rise(deadline);
      return deadline;
    },
    cancel(deadline) {
      if (deadline && heap[deadline[POSITION]] === deadline) remove(deadline);
    },
    next: () => heap[0]?.at,
    takeDue(now) {
      const first = heap[0];
      if (!first || first.at > now) return undefined;
      remove(first);
      return first;
    },
  };
}
