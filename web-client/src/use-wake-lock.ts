import { useEffect } from "react";

const EVENTS = ["visibilitychange", "click"] as const;

/**
 * Keeps the screen on while `wanted` (W3C Screen Wake Lock API). A hidden page loses the lock, so it is taken again when
 * the page is shown; one that was refused, because WebKit wants a press before it, at the next press. Where there is no
 * such thing, or a low battery forbids it, the screen goes off as always.
 */
export function useWakeLock(wanted: boolean): void {
  useEffect(() => {
    if (!wanted || !("wakeLock" in navigator)) return;
    let over = false;
    let lock: WakeLockSentinel | undefined;
    const isHeld = () => lock !== undefined && !lock.released;

    const take = async () => {
      if (document.visibilityState !== "visible" || isHeld()) return;
      const taken = await navigator.wakeLock.request("screen");
      // The call may have ended while the browser thought about it, or the page was hidden and shown meanwhile.
      if (over || isHeld()) await taken.release();
      else lock = taken;
    };
    const look = () => void take().catch(() => {});

    look();
    for (const event of EVENTS) document.addEventListener(event, look);
    return () => {
      over = true;
      for (const event of EVENTS) document.removeEventListener(event, look);
      lock?.release().catch(() => {});
    };
  }, [wanted]);
}
