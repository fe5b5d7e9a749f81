import { describe, expect, it } from "vitest";
import {
  type ByteCount,
  type ByteRecord,
  flowOf,
  isLate,
  recordBytes,
} from "../../../src/call/recovery/media-flow.machine.ts";

const counted = (bytes: number, of = "transport"): ByteCount => ({ bytes, of });

/** Readings of one a second; the index of the first one after which the flow counts as stalled. */
function stalledAfter(bytes: readonly (number | undefined)[], interruptedAt = Number.POSITIVE_INFINITY) {
  let record: ByteRecord | undefined;
  for (const [second, count] of bytes.entries()) {
    record = recordBytes(record, count === undefined ? undefined : counted(count), second * 1_000);
    if (second >= interruptedAt) record = { ...record, interrupted: true };
    if (["stalled", "gone"].includes(flowOf(record, second * 1_000) ?? "unknown")) return second;
  }
  return undefined;
}

const times = <T>(count: number, value: T): readonly T[] => Array.from({ length: count }, () => value);

const steady = [0, 10, 20, 30, 40, 50];

describe("whether anything comes in", () => {
  it("[L1] three seconds of silence after a steady flow mean something by themselves", () => {
    expect(stalledAfter([...steady, 50, 50])).toBeUndefined();
    expect(stalledAfter([...steady, 50, 50, 50])).toBe(8);
    expect(stalledAfter([...steady, 50, 50, 51, 60, 70, 80, 90, 90, 90])).toBeUndefined();
  });

  it("[L1] [L7] a flow is missed, then stalled, then gone", () => {
    const flowAfter = (silentMs: number, interrupted = false) =>
      flowOf({ count: counted(9), grewAt: 0, steady: 5, silent: true, interrupted }, silentMs);
    expect([749, 750, 2_999, 3_000, 9_999, 10_000].map((ms) => flowAfter(ms))).toEqual([
      "flowing",
      "missed",
      "missed",
      "stalled",
      "stalled",
      "gone",
    ]);
    expect([999, 1_000].map((ms) => flowAfter(ms, true))).toEqual(["missed", "gone"]);
  });

  it("[L10] half a second of silence after a steady flow is late, and none where there was no flow", () => {
    const silent: ByteRecord = { count: counted(9), grewAt: 0, steady: 5, silent: true, interrupted: false };
    expect([499, 500].map((ms) => isLate(silent, ms))).toEqual([false, true]);
    expect(isLate({ ...silent, steady: 2 }, 5_000)).toBe(false);
    expect(isLate({ ...silent, silent: false }, 5_000)).toBe(false);
  });

  it("[L1] somebody who sends neither sound nor picture is not missed, unless ICE misses them", () => {
    const reportsOnly = [0, 10, 10, 10, 10, 20, 20, 20, 20, 30, 30, 30, 30];
    expect(stalledAfter(reportsOnly)).toBeUndefined();
    expect(stalledAfter(reportsOnly, 11)).toBe(11);
  });

  it("[L1] a counter that starts again on another path is no silence of three seconds", () => {
    expect(stalledAfter([...steady, 3, 13, 23, 33, 43, 53])).toBeUndefined();
  });

  it("[L1] after ICE's word a second of silence is enough, and none is needed where nothing can be read", () => {
    expect(stalledAfter([...steady, 50], 6)).toBe(6);
    expect(stalledAfter([...steady, 60, 70], 6)).toBeUndefined();
    expect(stalledAfter([0, undefined], 1)).toBe(1);
    expect(stalledAfter([...steady, 60, 60], 6), "ICE has not taken it back").toBe(7);
  });

  it("[L1] what cannot be read is neither silence nor flow: all stays as it was, but for ICE's word", () => {
    const beats = (counts: readonly (ByteCount | undefined)[]) => {
      let record: ByteRecord | undefined;
      return counts.map((count, second) => {
        record = recordBytes(record, count, second * 1_000);
        return flowOf(record, second * 1_000);
      });
    };
    const flowing = [1, 2, 3, 4, 5].map((bytes) => counted(bytes));
    expect(new Set(beats(times(20, undefined)))).toEqual(new Set([undefined]));
    expect(new Set(beats([...flowing, ...times(20, undefined)]).slice(5))).toEqual(new Set([undefined]));
    // The same count afterwards: nothing has come in between.
    expect(beats([...flowing, ...times(4, undefined), counted(5)]).at(-1)).toBe("stalled");
    expect(beats([...flowing, ...times(4, undefined), counted(6)]).at(-1)).toBe("flowing");
    expect(stalledAfter([...steady, undefined, undefined], 7), "ICE says so").toBe(7);
  });

  it("[L1] another counter is compared with nothing", () => {
    const pair = (bytes: number) => counted(bytes, "pair 2");
    let record: ByteRecord | undefined;
    for (const [second, count] of [counted(1), counted(2), counted(3), counted(4), pair(900)].entries())
      record = recordBytes(record, count, second * 1_000);
    expect(record).toMatchObject({ grewAt: 3_000, silent: false });
    record = record && recordBytes(record, pair(900), 7_000);
    expect(record && flowOf(record, 7_000)).toBe("stalled");
    record = record && recordBytes(record, pair(901), 8_000);
    expect(record && flowOf(record, 8_000)).toBe("flowing");
  });
});
