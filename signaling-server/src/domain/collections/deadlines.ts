/** Something that has to happen at an instant. Belongs to the `Deadlines` that armed it. */
export interface Deadline<Due> {
  readonly at: number;
  readonly due: Due;
}

interface Node<Due> extends Deadline<Due> {
  readonly rank: number;
  /** Position in the heap, -1 once it has left. */
  index: number;
}

/**
 * All deadlines of a lobby, earliest first. A cancelled one leaves at once, so there are never more of them than
 * there are things that wait. Arming and cancelling cost O(log n).
 */
export interface Deadlines<Due> {
  /** Of several at the same instant the lower `rank` comes first; without a rank, the one armed first. */
  arm(at: number, due: Due, rank?: number): Deadline<Due>;
  /** Cancelling twice, or after it was taken, does nothing. */
  cancel(deadline: Deadline<Due> | undefined): void;
  /** The earliest instant, undefined when nothing waits. */
  next(): number | undefined;
  /** Removes and returns the earliest one that is due at `now`. */
  takeDue(now: number): Deadline<Due> | undefined;
}

/** A binary heap whose nodes know their place, for removal from the middle. */
export function createDeadlines<Due>(): Deadlines<Due> {
  const heap: Node<Due>[] = [];
  const nodes = new WeakMap<Deadline<Due>, Node<Due>>();
  let armed = 0;

  const before = (a: Node<Due>, b: Node<Due>) => a.at < b.at || (a.at === b.at && a.rank < b.rank);
  const put = (node: Node<Due>, index: number) => {
    heap[index] = node;
    node.index = index;
  };

  const rise = (node: Node<Due>) => {
    while (node.index > 0) {
      const up = (node.index - 1) >> 1;
      const parent = heap[up];
      if (!parent || !before(node, parent)) return;
      put(parent, node.index);
      put(node, up);
    }
  };

  const sink = (node: Node<Due>) => {
    for (;;) {
      const left = heap[2 * node.index + 1];
      const right = heap[2 * node.index + 2];
      const child = left && right && before(right, left) ? right : left;
      if (!child || !before(child, node)) return;
      const down = child.index;
      put(child, node.index);
      put(node, down);
    }
  };

  const remove = (node: Node<Due>) => {
    const { index } = node;
    node.index = -1;
    const last = heap.pop();
    if (!last || last === node) return;
    put(last, index);
    rise(last);
    sink(last);
  };

  return {
    arm(at, due, rank) {
      armed += 1;
      const node: Node<Due> = { at, due, rank: rank ?? armed, index: heap.length };
      nodes.set(node, node);
      heap.push(node);
      rise(node);
      return node;
    },
    cancel(deadline) {
      const node = deadline && nodes.get(deadline);
      if (node && node.index >= 0) remove(node);
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
