import type { Clock } from "../clock.ts";

/** A clock that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /** Moves time forward and runs each timer that falls due on the way, in the order of their instants. */
  advance(byMs: number): void;
  /** Number of timers that are set: 0 proves that none was forgotten. */
  pending(): number;
}

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** @param startAt the first reading, milliseconds. */
export function manualClock(startAt = 1_000_000): ManualClock {
  let now = startAt;
  const timers = new Set<Timer>();

  const nextDue = (limit: number): Timer | undefined => {
    let next: Timer | undefined;
    for (const timer of timers) if (timer.at <= limit && (!next || timer.at < next.at)) next = timer;
    return next;
  };

  return {
    now: () => now,
    after(delayMs, run) {
      const timer = { at: now + Math.max(delayMs, 0), run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance(byMs) {
      const limit = now + byMs;
      for (let due = nextDue(limit); due; due = nextDue(limit)) {
        timers.delete(due);
        now = Math.max(now, due.at);
        due.run();
      }
      now = limit;
    },
    pending: () => timers.size,
  };
}
