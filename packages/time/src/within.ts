import { systemClock } from "./clock.ts";

/** What may end a piece of work early. */
export interface Limits {
  /** From now, milliseconds. */
  readonly limitMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs something with a signal that is aborted when its time is over, or together with `signal`; afterwards nothing is left
 * of either. In place of `AbortSignal.timeout` and `AbortSignal.any`, which browsers have that the page is not built for
 * (Chrome 124 and 116, Firefox 100 and 124, Safari 16 and 17.4).
 */
export async function within<T>(
  { limitMs, signal }: Limits,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const follow = () => stop.abort(signal?.reason);
  const cancel = systemClock().after(limitMs, () =>
    stop.abort(Object.assign(new Error(`not done within ${limitMs} ms`), { name: "TimeoutError" })),
  );
  if (signal?.aborted) follow();
  else signal?.addEventListener("abort", follow);
  try {
    return await run(stop.signal);
  } finally {
    cancel();
    signal?.removeEventListener("abort", follow);
  }
}
