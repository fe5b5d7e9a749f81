/** How the pauses between attempts grow: doubled each time, up to a cap. */
export interface Backoff {
  /** Ceiling of the pause before the first retry, milliseconds. */
  readonly firstMs: number;
  /** Ceiling of all pauses, milliseconds. */
  readonly capMs: number;
}

/**
 * The ceiling of the pause before retry `attempt` (1 is the first), milliseconds.
 *
 * @throws RangeError when `attempt` is not a whole number of at least 1.
 */
export function backoffCeilingMs(backoff: Backoff, attempt: number): number {
  if (!Number.isInteger(attempt) || attempt < 1)
    throw new RangeError(`attempt must be 1 or more: ${attempt}`);
  return Math.min(backoff.capMs, backoff.firstMs * 2 ** Math.min(attempt - 1, 52));
}

/**
 * The pause before retry `attempt` (1 is the first), milliseconds. It has full jitter: uniform in [0, ceiling], so that many
 * clients that were dropped at one instant do not come back at one instant.
 *
 * @param random uniform in [0, 1).
 */
export function backoffMs(backoff: Backoff, attempt: number, random: number): number {
  return Math.round(backoffCeilingMs(backoff, attempt) * random);
}
