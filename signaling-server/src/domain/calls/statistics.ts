import type { CallReport } from "@serendip/protocol";
import { type CallFigures, figuresOf } from "./figures.ts";
import { add, addReport, sumOf, type Tally } from "./tally.ts";

const MINUTE_MS = 60_000;
/** Length of the window. It includes the present minute, which has only begun, so that it covers up to a minute less. */
export const WINDOW_MINUTES = 10;

/** Figures of calls since the start and of the last minutes (SPEC H2). Their size does not grow with the number of calls. */
export interface CallStatistics {
  report(report: CallReport, now: number): void;
  hello(now: number): void;
  sessionError(now: number): void;
  /** A room was ended because of what one of its members sent (SPEC R17). */
  flood(now: number): void;
  totals(): CallFigures;
  /** Figures of the last `minutes` minutes, the present one included. */
  window(now: number, minutes?: number): CallFigures;
}

/** The statistics have no clock of their own: each `now` is a reading of one steady clock, milliseconds. */
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
    flood: (now) => count(now, (tally) => add(tally, "floods")),
    totals: () => figuresOf(total),
    window(now, minutes = WINDOW_MINUTES) {
      const minute = Math.floor(now / MINUTE_MS);
      const recent = ring.filter((slot) => slot && slot.minute <= minute && slot.minute > minute - minutes);
      return figuresOf(sumOf(recent.map(({ tally }) => tally)));
    },
  };
}
