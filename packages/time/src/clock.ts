/** Stops a timer. Does nothing when it was called before, or after the timer has fired. */
export type Cancel = () => void;

/** Time as a dependency: domain code never reads the system's clock and never sets its timers. */
export interface Clock {
  /**
   * A reading in milliseconds. Readings of one clock can be compared with each other only; those of the system's clock count
   * from the Unix epoch.
   */
  now(): number;
  /** Calls `run` once, `delayMs` from now at the earliest. A delay of 0 or less runs it as soon as possible, never synchronously. */
  after(delayMs: number, run: () => void): Cancel;
}

/** What this package needs of the platform; both Node and browsers have it. */
interface Platform {
  /** `timeOrigin`: the system's time when the page or process began (W3C High Resolution Time, section 7). */
  readonly performance: { readonly timeOrigin: number; now(): number };
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
 * A clock that starts at the system's time when the page or process began and goes on evenly from there, in whole milliseconds,
 * whatever becomes of the system's time. All clocks of this kind in a page or process read the same. For deadlines and
 * lifetimes within one process; not for instants that another process has to understand.
 */
export function steadyClock(): Clock {
  const { performance } = platform;
  return { now: () => Math.floor(performance.timeOrigin + performance.now()), after };
}
