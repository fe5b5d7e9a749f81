/** Limits of judging by the bytes that come in whether a partner's media flows, milliseconds. */
export const FLOW_RULES = {
  /** When ICE has said that the path is interrupted, this much silence confirms it. */
  confirmMs: 1_000,
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
export interface ByteRecord {
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
export function recordBytes(
  record: ByteRecord | undefined,
  bytes: number | undefined,
  now: number,
): ByteRecord {
  if (!record) return { bytes: bytes ?? 0, grewAt: now, steady: 0, silent: false, interrupted: false };
  // A counter that starts again (another path) says nothing yet.
  if (bytes === undefined || bytes <= record.bytes)
    return { ...record, bytes: bytes ?? record.bytes, silent: true };
  return {
    ...record,
    bytes,
    grewAt: now,
    steady: record.silent ? 1 : record.steady + 1,
    silent: false,
  };
}

const isSteady = ({ steady }: ByteRecord): boolean => steady >= FLOW_RULES.steadyReadings;

/** Whether something should have come in by now. */
export function isLate(record: ByteRecord, now: number): boolean {
  return record.silent && isSteady(record) && now - record.grewAt >= FLOW_RULES.lateMs;
}

/** How far a flow has stopped; each step comes after the one before. */
export type MediaFlow = "flowing" | "missed" | "stalled" | "gone";

export function flowOf(record: ByteRecord, now: number): MediaFlow {
  const silentMs = now - record.grewAt;
  if (!record.silent) return "flowing";
  if (record.interrupted && silentMs >= FLOW_RULES.confirmMs) return "gone";
  if (!isSteady(record)) return "flowing";
  if (silentMs >= FLOW_RULES.goneMs) return "gone";
  if (silentMs >= FLOW_RULES.silentMs) return "stalled";
  return silentMs >= FLOW_RULES.missMs ? "missed" : "flowing";
}
