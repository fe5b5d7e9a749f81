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
  readonly performance: { now(): number };
  setTimeout(run: () => void, delayMs: number): unknown;
  clearTimeout(timer: unknown): void;
}

// setTimeout fires at once when the delay does not fit in 31 bits.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const platform = globalThis as unknown as Platform;

function after(delayMs: number, run: () => void): Cancel {
  const timer = platform.setTimeout(run, Math.min(Math.max(delayMs, 0), LONGEST_TIMER_MS));
  return () => platform.clearTimeout(timer);
}

/** The system's clock. It jumps when somebody sets it. */
export function systemClock(): Clock {
  return { now: () => Date.now(), after };
}

/**
 * Starts at the system's time and goes on evenly from there, in whole milliseconds, whatever becomes of the system's
 * time. For deadlines and for what lives for a while within one process; not for what another process has to understand.
 */
export function steadyClock(): Clock {
  const startedAt = Date.now() - platform.performance.now();
  return { now: () => Math.floor(startedAt + platform.performance.now()), after };
}
