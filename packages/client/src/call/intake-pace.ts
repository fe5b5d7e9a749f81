import { type Allowance, type Clock, type Remainder, spend } from "@serendip/time";

/** What a partner brings about, as far as it costs the page something. */
export type IntakeKind = "generation" | "word" | "offer" | "answer" | "restart" | "candidate";

/**
 * How much of each a page takes from one partner (SPEC R18): no less than another page can send, whose restarts are 500 ms apart
 * (SPEC L2) and whose offers may each have been asked for besides.
 */
const ALLOWANCES: Readonly<Record<Exclude<IntakeKind, "generation">, Allowance>> = {
  word: { burst: 20, perSecond: 4 },
  offer: { burst: 12, perSecond: 4 },
  answer: { burst: 12, perSecond: 4 },
  restart: { burst: 12, perSecond: 4 },
  candidate: { burst: 200, perSecond: 100 },
};

/**
 * Each generation is a peer connection, which costs more than anything else, and browsers keep closed ones for a while (Chromium
 * makes no more beside 500). So many begin at once within `windowMs`; before each further one the pause doubles.
 */
export const GENERATIONS = {
  atOnce: 3,
  windowMs: 30_000,
  firstPauseMs: 1_000,
  longestPauseMs: 4_000,
} as const;

/** Tells how long something has to wait. */
export interface IntakePace {
  /** How long from now on until one of this kind may be taken, milliseconds; 0: it may now, and is counted. */
  waitFor(kind: IntakeKind): number;
}

/** The pace of one partner, who has brought nothing about yet. */
export function createIntakePace(clock: Pick<Clock, "now">): IntakePace {
  const left = new Map<IntakeKind, Remainder>();
  let begun: readonly number[] = [];

  function waitForGeneration(now: number): number {
    const { atOnce, windowMs, firstPauseMs, longestPauseMs } = GENERATIONS;
    begun = begun.filter((at) => now - at < windowMs);
    const over = begun.length - atOnce;
    const pauseMs = over < 0 ? 0 : Math.min(longestPauseMs, firstPauseMs * 2 ** over);
    const waitMs = (begun.at(-1) ?? Number.NEGATIVE_INFINITY) + pauseMs - now;
    if (waitMs > 0) return waitMs;
    begun = [...begun, now];
    return 0;
  }

  return {
    waitFor(kind) {
      const now = clock.now();
      if (kind === "generation") return waitForGeneration(now);
      const spent = spend(left.get(kind), { amount: 1, now, allowance: ALLOWANCES[kind] });
      left.set(kind, spent.remainder);
      return spent.ok ? 0 : spent.waitMs;
    },
  };
}
