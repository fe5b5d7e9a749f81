/** How the pauses between attempts grow: by the same factor each time, up to a cap. */
export interface Backoff {
  /** Ceiling of the pause before the first retry, milliseconds. */
  readonly firstMs: number;
  /** Ceiling of all pauses, milliseconds. */
  readonly capMs: number;
  /** What each ceiling is of the one before, at least 1; 2 where it is not given. */
  readonly factor?: number;
}

/**
 * The ceiling of the pause before retry `attempt` (1 is the first), milliseconds.
 *
 * @throws RangeError when `attempt` is not a whole number of at least 1.
 */
export function backoffCeilingMs({ firstMs, capMs, factor = 2 }: Backoff, attempt: number): number {
  if (!Number.isInteger(attempt) || attempt < 1)
    throw new RangeError(`attempt must be 1 or more: ${attempt}`);
  // However large the attempt's number, the power stays a number that can be multiplied.
  return Math.min(capMs, firstMs * Math.min(factor ** (attempt - 1), Number.MAX_SAFE_INTEGER));
}

/**
 * The pause before retry `attempt` (1 is the first), milliseconds. It has equal jitter: half of the ceiling, and up to as much
 * again at random. Many clients that were dropped at one instant do not come back at one instant, and nobody who draws small numbers
 * is through with the early attempts before the service can be back, with the long pauses still to come.
 *
 * @param random uniform in [0, 1).
 */
export function backoffMs(backoff: Backoff, attempt: number, random: number): number {
  return Math.round(backoffCeilingMs(backoff, attempt) * (0.5 + random / 2));
}
