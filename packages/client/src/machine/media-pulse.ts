/** Limits of judging by the bytes that come in whether a partner's media flows, milliseconds. */
export const PULSE_RULES = {
  /** When ICE has said that the path is interrupted, this much silence confirms it. */
  confirmMs: 1_000,
  /** This much silence means something by itself, after a steady flow. */
  silentMs: 3_000,
  /** Readings in a row with news that make a flow steady; somebody who sends neither sound nor picture has none. */
  steadyReadings: 5,
} as const;

/** What the readings of one peer connection say about its flow. */
export interface Pulse {
  readonly bytes: number;
  /** When they were last seen to grow. */
  readonly grewAt: number;
  /** Readings in a row that brought something, up to the last growth. */
  readonly steady: number;
  /** The newest reading brought nothing. */
  readonly silent: boolean;
  /** ICE says so. */
  readonly interrupted: boolean;
}

/** Takes a reading of the bytes received so far; undefined: there is no way to read them. */
export function beat(pulse: Pulse | undefined, bytes: number | undefined, now: number): Pulse {
  if (!pulse) return { bytes: bytes ?? 0, grewAt: now, steady: 0, silent: false, interrupted: false };
  // A counter that starts again (another path) says nothing yet.
  if (bytes === undefined || bytes <= pulse.bytes)
    return { ...pulse, bytes: bytes ?? pulse.bytes, silent: true };
  return {
    ...pulse,
    bytes,
    grewAt: now,
    steady: pulse.silent ? 1 : pulse.steady + 1,
    silent: false,
  };
}

/** Whether nothing flows any more. */
export function isStalled(pulse: Pulse, now: number): boolean {
  const silentMs = now - pulse.grewAt;
  if (!pulse.silent) return false;
  if (pulse.interrupted) return silentMs >= PULSE_RULES.confirmMs;
  return pulse.steady >= PULSE_RULES.steadyReadings && silentMs >= PULSE_RULES.silentMs;
}
