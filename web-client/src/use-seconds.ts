import { type Clock, steadyClock } from "@serendip/time";
import { createContext, useContext, useEffect, useState } from "react";

/** The engine's instants are readings of this clock, or of another one of its kind, which reads the same. */
export const ClockContext = createContext<Clock>(steadyClock());

const TICK_MS = 1_000;

/** Whole seconds until `at`, counting down to 0; renders again every second. */
export function useSecondsUntil(at: number): number {
  return Math.max(0, Math.ceil((at - useNow(at)) / TICK_MS));
}

/** Whole seconds since `at`; renders again every second. */
export function useSecondsSince(at: number): number {
  return Math.max(0, Math.floor((useNow(at) - at) / TICK_MS));
}

/** Whether `value` has been true for `afterMs` without a break. */
export function useLasting(value: boolean, afterMs: number): boolean {
  const clock = useContext(ClockContext);
  const [lasting, setLasting] = useState(false);
  useEffect(() => {
    if (!value) return;
    const cancel = clock.after(afterMs, () => setLasting(true));
    return () => {
      cancel();
      setLasting(false);
    };
  }, [clock, value, afterMs]);
  return value && lasting;
}

// Ticks fall on whole seconds from `anchor`, so that a countdown does not skip or repeat a number.
function useNow(anchor: number): number {
  const clock = useContext(ClockContext);
  const [now, setNow] = useState(() => clock.now());
  useEffect(() => {
    let cancel = () => {};
    const tick = () => {
      const reading = clock.now();
      setNow(reading);
      const past = (((reading - anchor) % TICK_MS) + TICK_MS) % TICK_MS;
      cancel = clock.after(TICK_MS - past, tick);
    };
    tick();
    return () => cancel();
  }, [clock, anchor]);
  return now;
}
