import { setTimeout as pause } from "node:timers/promises";

/**
 * Waits for `check` to give something other than undefined or false, looking every 50 ms.
 *
 * @throws Error naming `what` when the deadline passes.
 */
export async function until<T>(
  what: string,
  withinMs: number,
  check: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const value = await check();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await pause(50);
  }
}

/** For what is about time itself: a cut that lasts so long, a call that is watched for a while. */
export const pass = (ms: number): Promise<void> => pause(ms);
