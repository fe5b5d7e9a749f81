import type { Clock } from "@serendip/time";

/**
 * Where requests that belong to no session wait, so that signals pass between them however many come at once (SPEC W17). It
 * holds no more than the connections do: each has few requests that wait for their answers (SPEC W9).
 */
export interface NewcomerQueue {
  /**
   * Does the work at once, or in a later turn of the event loop when this turn's time for newcomers has been spent. Networks whose
   * work waits take turns, each in the order of its coming; all that are not known (undefined) count as one.
   */
  add(work: () => void, network?: string | undefined): void;
}

/** Time for newcomers in one turn of the event loop. */
const WORK_MS = 1;

/** Runs it after what settled promises bring about. */
export function afterMicrotasks(run: () => void): void {
  queueMicrotask(() => process.nextTick(run));
}

export function createNewcomerQueue(clock: Pick<Clock, "now">): NewcomerQueue {
  /** By network, the one whose turn is next first. */
  const waiting = new Map<string | undefined, Set<() => void>>();
  /** When this turn's work began; undefined while nobody has come in this turn. */
  let beganAt: number | undefined;

  const beginTurn = (): void => {
    beganAt = undefined;
    workOn();
  };

  const workOn = (): void => {
    if (waiting.size === 0 || isSpent()) return;
    const work = takeNext();
    // Promises that the work settles are a part of it.
    afterMicrotasks(workOn);
    work?.();
  };

  const takeNext = (): (() => void) | undefined => {
    const [next] = waiting;
    if (!next) return undefined;
    const [network, works] = next;
    const [work] = works;
    if (work) works.delete(work);
    waiting.delete(network);
    if (works.size > 0) waiting.set(network, works);
    return work;
  };

  const isSpent = (): boolean => {
    if (beganAt === undefined) {
      beganAt = clock.now();
      setImmediate(beginTurn);
    }
    return clock.now() - beganAt >= WORK_MS;
  };

  return {
    add(work, network) {
      if (waiting.size > 0 || isSpent())
        waiting.set(network, (waiting.get(network) ?? new Set<() => void>()).add(work));
      else work();
    },
  };
}
