/** Limits of judging by the bytes that come in whether a partner's media flows, milliseconds. */
export const PULSE_RULES = {
  /** When ICE has said that the path is interrupted, this much silence confirms it. */
  confirmMs: 1_000,
  /** Between two readings. */
  everyMs: 250,
  /** After a steady flow, this much silence is enough to ask whether the service still hears us, */
  lateMs: 500,
  /** this much may be the first sign of a path that is gone, */
  missMs: 750,
  /** this much means that the flow has stopped, */
  silentMs: 3_000,
  /** and this much that ICE is wrong when it still says nothing. */
  goneMs: 10_000,
  /** Readings in a row with news that make a flow steady; somebody who sends neither sound nor picture has none. */
  steadyReadings: 3,
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

const isSteady = ({ steady }: Pulse): boolean => steady >= PULSE_RULES.steadyReadings;

/** Whether something should have come in by now. */
export function isLate(pulse: Pulse, now: number): boolean {
  return pulse.silent && isSteady(pulse) && now - pulse.grewAt >= PULSE_RULES.lateMs;
}

/** How far a flow has stopped; each step comes after the one before. */
export type Flow = "flowing" | "missed" | "stalled" | "gone";

export function flowOf(pulse: Pulse, now: number): Flow {
  const silentMs = now - pulse.grewAt;
  if (!pulse.silent) return "flowing";
  if (pulse.interrupted && silentMs >= PULSE_RULES.confirmMs) return "gone";
  if (!isSteady(pulse)) return "flowing";
  if (silentMs >= PULSE_RULES.goneMs) return "gone";
  if (silentMs >= PULSE_RULES.silentMs) return "stalled";
  return silentMs >= PULSE_RULES.missMs ? "missed" : "flowing";
}
