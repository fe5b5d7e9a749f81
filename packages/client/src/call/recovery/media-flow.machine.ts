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

/** The bytes received so far, by one counter of the browser. */
export interface ByteCount {
  readonly bytes: number;
  readonly of: string;
}

/** What the readings of one peer connection say about its flow. */
export interface ByteRecord {
  /** The newest that is known. */
  readonly count: ByteCount | undefined;
  /** When it was last seen to grow. */
  readonly grewAt: number;
  /** Readings in a row that brought something, up to the last growth. */
  readonly steady: number;
  /** Whether the newest reading brought nothing; undefined: it does not say. */
  readonly silent: boolean | undefined;
  /** ICE says so. */
  readonly interrupted: boolean;
}

/** Takes a reading; undefined: it does not say what has come in, which is neither silence nor flow. */
export function recordBytes(
  record: ByteRecord | undefined,
  count: ByteCount | undefined,
  now: number,
): ByteRecord {
  if (!record)
    return { count, grewAt: now, steady: 0, silent: count ? false : undefined, interrupted: false };
  if (!count) return { ...record, silent: undefined };
  const last = record.count;
  // Another counter says nothing yet.
  if (!last || last.of !== count.of) return { ...record, count };
  // Nor does one that starts again (another path).
  if (count.bytes <= last.bytes) return { ...record, count, silent: true };
  return {
    ...record,
    count,
    grewAt: now,
    steady: record.silent ? 1 : record.steady + 1,
    silent: false,
  };
}

const isSteady = ({ steady }: ByteRecord): boolean => steady >= FLOW_RULES.steadyReadings;

/** Whether something should have come in by now. */
export function isLate(record: ByteRecord, now: number): boolean {
  return record.silent === true && isSteady(record) && now - record.grewAt >= FLOW_RULES.lateMs;
}

/** How far a flow has stopped; each step comes after the one before. */
export type MediaFlow = "flowing" | "missed" | "stalled" | "gone";

/** Undefined where nothing can be said: it is as it was before. */
export function flowOf(record: ByteRecord, now: number): MediaFlow | undefined {
  const silentMs = now - record.grewAt;
  if (record.silent === false) return "flowing";
  // Nothing speaks against ICE's word.
  if (record.interrupted && silentMs >= FLOW_RULES.confirmMs) return "gone";
  if (record.silent === undefined) return undefined;
  if (!isSteady(record)) return "flowing";
  if (silentMs >= FLOW_RULES.goneMs) return "gone";
  if (silentMs >= FLOW_RULES.silentMs) return "stalled";
  return silentMs >= FLOW_RULES.missMs ? "missed" : "flowing";
}
