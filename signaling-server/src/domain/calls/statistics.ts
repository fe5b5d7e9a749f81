import type { CallReport } from "@serendip/protocol";
import { type CallFigures, figuresOf } from "./figures.ts";
import { add, addReport, sumOf, type Tally } from "./tally.ts";

const MINUTE_MS = 60_000;
/** How far back the window reaches. The present minute has just begun, so it is this or up to a minute less. */
export const WINDOW_MINUTES = 10;

/** What calls were like since the start and lately (SPEC H2). Its size does not depend on how much is counted. */
export interface CallStatistics {
  report(report: CallReport, now: number): void;
  hello(now: number): void;
  sessionError(now: number): void;
  totals(): CallFigures;
  /** Of the present minute and the ones before it, `minutes` together. */
  window(now: number, minutes?: number): CallFigures;
}

/** Changes in place; the outcome depends on nothing but the calls and their `now`, a reading of a steady clock. */
export function createCallStatistics(): CallStatistics {
  const total: Tally = new Map();
  const ring: { minute: number; tally: Tally }[] = [];

  const present = (now: number): Tally => {
    const minute = Math.floor(now / MINUTE_MS);
    const slot = ring[minute % WINDOW_MINUTES];
    if (slot?.minute === minute) return slot.tally;
    const tally: Tally = new Map();
    ring[minute % WINDOW_MINUTES] = { minute, tally };
    return tally;
  };

  const count = (now: number, into: (tally: Tally) => void): void => {
    into(total);
    into(present(now));
  };

  return {
    report: (report, now) => count(now, (tally) => addReport(tally, report)),
    hello: (now) => count(now, (tally) => add(tally, "hellos")),
    sessionError: (now) => count(now, (tally) => add(tally, "session errors")),
    totals: () => figuresOf(total),
    window(now, minutes = WINDOW_MINUTES) {
      const minute = Math.floor(now / MINUTE_MS);
      const recent = ring.filter((slot) => slot && slot.minute <= minute && slot.minute > minute - minutes);
      return figuresOf(sumOf(recent.map(({ tally }) => tally)));
    },
  };
}
