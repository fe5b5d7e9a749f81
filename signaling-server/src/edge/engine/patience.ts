import type { Cancel, Clock } from "@serendip/time";

/** A timer that fires this much too late shows that the process stood still (garbage collection, stopped machine). */
const STALL_MS = 250;

/** Two turns later: what is read in this one may be handed over in the next (`web-sockets.ts`). */
function afterWhatWasRead(run: () => void): void {
  setImmediate(() => setImmediate(run));
}

/**
 * Gives a sign of life `withinMs`, and then calls `onEnd` unless it was cancelled. Timers run before sockets are read, so a
 * missing sign is judged after the event loop's poll phase. When this process itself stood still, the sign may lie in the
 * kernel, or was asked for late: then it gets the same time again.
 *
 * @param options.hasCome whether the sign has come, so that no more time is needed; false if absent.
 * @param afterPoll runs something after the sockets have been read.
 */
export function waitForSign(
  options: {
    readonly clock: Clock;
    readonly withinMs: number;
    readonly onEnd: () => void;
    readonly hasCome?: () => boolean;
  },
  afterPoll: (run: () => void) => void = afterWhatWasRead,
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
