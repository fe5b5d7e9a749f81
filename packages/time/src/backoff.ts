/** How the pause between attempts grows. */
export interface Backoff {
  /** Longest pause before the first retry, milliseconds. */
  readonly firstMs: number;
  /** No pause is longer than this, milliseconds. */
  readonly capMs: number;
}

/**
 * The longest pause before retry `attempt` (1 is the first): doubles each time up to the cap.
 *
 * @throws RangeError when `attempt` is not a whole number of at least 1.
 */
export function backoffCeilingMs(backoff: Backoff, attempt: number): number {
  if (!Number.isInteger(attempt) || attempt < 1)
    throw new RangeError(`attempt must be 1 or more: ${attempt}`);
  return Math.min(backoff.capMs, backoff.firstMs * 2 ** Math.min(attempt - 1, 52));
}

/**
 * The pause before retry `attempt`, with full jitter: uniform in [0, ceiling], so that many clients dropped at the
 * same instant do not come back at the same instant. `random` is uniform in [0, 1).
 */
export function backoffMs(backoff: Backoff, attempt: number, random: number): number {
  return Math.round(backoffCeilingMs(backoff, attempt) * random);
}
