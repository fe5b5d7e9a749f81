import type { Cancel, Clock } from "@serendip/time";

/** A timer that fires this much late shows that this process stood still meanwhile (collection, stopped machine). */
const STALL_MS = 250;

/**
 * Gives a sign of life `withinMs` and then calls `onEnd`, unless it was cancelled. Timers run before what has come is read: so
 * a missing sign is judged after the event loop's poll phase, and not at all when this process itself stood still, because then
 * it may lie in the kernel, or was asked for late. It has the same time again instead.
 *
 * @param options.hasCome whether the sign has come, for which nothing is waited for any more; false if absent.
 * @param afterPoll runs something after the sockets have been read.
 */
export function waitForSign(
  options: {
    readonly clock: Clock;
    readonly withinMs: number;
    readonly onEnd: () => void;
    readonly hasCome?: () => boolean;
  },
  afterPoll: (run: () => void) => void = setImmediate,
): Cancel {
  const { clock, withinMs, onEnd, hasCome = () => false } = options;
  let cancelled = false;
  let cancelTimer: Cancel;
  const start = (): void => {
    const dueAt = clock.now() + withinMs;
    cancelTimer = clock.after(withinMs, () => {
      const lateMs = clock.now() - dueAt;
      afterPoll(() => {
        if (cancelled) return;
        if (lateMs > STALL_MS && !hasCome()) start();
        else onEnd();
      });
    });
  };
  start();
  return () => {
    cancelled = true;
    cancelTimer();
  };
}
