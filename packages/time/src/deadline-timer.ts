import type { Cancel, Clock } from "./clock.ts";

/** One timer, set to its owner's next deadline. */
export interface DeadlineTimer {
  /** Moves the timer to `at` (a reading of the clock, milliseconds), or stops it when there is no deadline. */
  pointAt(at: number | undefined): void;
}

/**
 * Keeps a single timer for a state whose deadline changes. The timer follows from the state, so no cancel can be forgotten.
 *
 * @param onDue is called once when the deadline has come, and again only after the timer was moved.
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
