import type { Cancel, Clock } from "./clock.ts";

/** One timer that always points at the owner's next deadline. */
export interface DeadlineTimer {
  /** Moves the timer to `at` (an instant of the clock), or stops it when there is no deadline. */
  pointAt(at: number | undefined): void;
}

/**
 * Keeps a single timer for a state whose deadline changes: because the timer is derived from the state,
 * a forgotten cancel is impossible.
 */
export function deadlineTimer(clock: Clock, onDue: () => void): DeadlineTimer {
  let armedFor: number | undefined;
  let cancel: Cancel | undefined;
  return {
    pointAt(at) {
      if (at === armedFor) return;
      cancel?.();
      armedFor = at;
      cancel =
        at === undefined
          ? undefined
          : clock.after(at - clock.now(), () => {
              armedFor = undefined;
              cancel = undefined;
              onDue();
            });
    },
  };
}
