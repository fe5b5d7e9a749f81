/** Stops a timer; calling it again, or after it fired, does nothing. */
export type Cancel = () => void;

/** Time as a dependency: domain code never reads the system's clock or sets its timers. */
export interface Clock {
  /** Milliseconds; comparable only with other readings of the same clock (an epoch on the system clock). */
  now(): number;
  /** Calls `run` once, `delayMs` from now at the earliest. A delay of 0 or less runs it as soon as possible, never synchronously. */
  after(delayMs: number, run: () => void): Cancel;
}

/** The only things of the platform that this package needs; both Node and browsers have them. */
interface Platform {
  setTimeout(run: () => void, delayMs: number): unknown;
  clearTimeout(timer: unknown): void;
}

// setTimeout fires at once when the delay does not fit in 31 bits.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The system's clock. */
export function systemClock(): Clock {
  const platform = globalThis as unknown as Platform;
  return {
    now: () => Date.now(),
    after: (delayMs, run) => {
      const timer = platform.setTimeout(run, Math.min(Math.max(delayMs, 0), LONGEST_TIMER_MS));
      return () => platform.clearTimeout(timer);
    },
  };
}
