import type { Cancel, Clock } from "@serendip/time";

/** A timer that fires this much late shows that this process stood still meanwhile (collection, stopped machine). */
const STALL_MS = 250;

/**
 * Waits `withinMs` for a sign of life and then calls `onSilence`, unless it was cancelled. Timers run before what has come is
 * read: so it is judged after the event loop's poll phase, and not at all when this process itself stood still, because
 * then the sign may lie in the kernel, or was asked for late. It is waited for once more instead.
 *
 * @param afterPoll runs something after the sockets have been read.
 */
export function waitForSign(
  { clock, withinMs, onSilence }: { clock: Clock; withinMs: number; onSilence: () => void },
  afterPoll: (run: () => void) => void = setImmediate,
): Cancel {
  let cancelled = false;
  let cancelTimer: Cancel;
  const start = (): void => {
    const dueAt = clock.now() + withinMs;
    cancelTimer = clock.after(withinMs, () => {
      const lateMs = clock.now() - dueAt;
      afterPoll(() => {
        if (cancelled) return;
        if (lateMs > STALL_MS) start();
        else onSilence();
      });
    });
  };
  start();
  return () => {
    cancelled = true;
    cancelTimer();
  };
}
