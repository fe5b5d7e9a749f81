/** Defaults of socket.io-client 4: `reconnectionDelay`, `reconnectionDelayMax`, `randomizationFactor`. */
const RULES = { leastMs: 1_000, mostMs: 5_000, jitter: 0.5 } as const;

/**
 * The pause of socket.io-client before its reconnect `attempt` (0 is the first), milliseconds: as the library computes it, so that
 * thousands of clients can be played cheaply. A test compares it with the library.
 *
 * @param random uniform in [0, 1)
 */
export function libraryBackoffMs(attempt: number, random: number): number {
  const ms = RULES.leastMs * 2 ** attempt;
  const deviation = Math.floor(random * RULES.jitter * ms);
  const isLonger = (Math.floor(random * 10) & 1) === 1;
  return Math.min(isLonger ? ms + deviation : ms - deviation, RULES.mostMs);
}
