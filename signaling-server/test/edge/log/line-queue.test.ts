import { manualClock } from "@serendip/time/testing";
import { expect, test } from "vitest";
import { type Gap, lineQueue } from "../../../src/edge/log/line-queue.ts";
import type { Output } from "../../../src/edge/log/output.ts";

/** A queue of 100 bytes into an output that takes what a test lets it take. */
function queueInto({ waitingBytes = 100, gatherMs = 0 } = {}) {
  const clock = manualClock();
  const troubles: string[] = [];
  const gaps: Gap[] = [];
  const taken: Buffer[] = [];
  let pending: { readonly bytes: Buffer; readonly done: Parameters<Output["write"]>[1] } | undefined;
  const output: Output = {
    write(bytes, done) {
      if (pending) throw new Error("a write before the end of another");
      pending = { bytes, done };
    },
  };
  const queue = lineQueue({
    output,
    clock,
    waitingBytes,
    gatherMs,
    onTrouble: (why) => troubles.push(why),
    onGap: (gap) => {
      gaps.push(gap);
      queue.write(`gap of ${gap.lines}\n`);
    },
  });
  const end = (error: NodeJS.ErrnoException | null, length: number) => {
    const { bytes, done } = pending ?? { bytes: Buffer.alloc(0), done: () => undefined };
    pending = undefined;
    taken.push(bytes.subarray(0, length));
    done(error, length);
  };
  return {
    queue,
    clock,
    troubles,
    gaps,
    taken: () => Buffer.concat(taken).toString(),
    isWriting: () => pending !== undefined,
    /** Ends the write that is under way, after all of it or after some bytes. */
    take: (bytes = pending?.bytes.length ?? 0) => end(null, bytes),
    fail: (code: string) => end(Object.assign(new Error(code), { code }), 0),
    takeAll() {
      while (pending) end(null, pending.bytes.length);
    },
  };
}

/** Whether it has been resolved by now. */
function isDone(promise: Promise<void>): Promise<boolean> {
  const later = new Promise<boolean>((resolve) => setImmediate(() => resolve(false)));
  return Promise.race([promise.then(() => true), later]);
}

const line = (text: string) => `${text.padEnd(9, ".")}\n`;

test("lines arrive in order, those that waited for a write in one write, and in pieces where the output takes pieces", () => {
  const { queue, take, taken, isWriting } = queueInto();
  queue.write("one\n");
  queue.write("two\n");
  queue.write("drëi\n");
  take();
  expect(taken()).toBe("one\n");
  take(6);
  take(1);
  take();
  expect(taken()).toBe("one\ntwo\ndrëi\n");
  expect(isWriting()).toBe(false);
  expect(queue.counts()).toEqual({ written: 3, dropped: 0 });
});

test("what may wait is bounded in bytes: lines above are dropped, the newest ones, and told once half has gone", () => {
  const { queue, clock, take, taken, takeAll, troubles, gaps } = queueInto();
  for (let number = 0; number < 10; number += 1) queue.write(line(`${number}`));
  expect(troubles).toEqual([]);
  queue.write(line("a"));
  clock.advance(5_000);
  queue.write("b\n");
  expect(troubles).toEqual(["is not read"]);
  expect(queue.counts()).toEqual({ written: 0, dropped: 2 });

  take();
  // 90 bytes wait: there would be room for a short line, but the gap goes on.
  queue.write("c\n");
  expect(gaps).toEqual([]);
  take(40);
  expect(gaps).toEqual([{ lines: 3, since: clock.now() - 5_000 }]);
  queue.write("d\n");
  takeAll();
  expect(taken()).toBe(
    `${Array.from({ length: 10 }, (_, number) => line(`${number}`)).join("")}gap of 3\nd\n`,
  );
  expect(queue.counts()).toEqual({ written: 12, dropped: 3 });
  expect(troubles).toHaveLength(1);
});

test("a line longer than the bound is written when nothing waits, and dropped otherwise", () => {
  const { queue, takeAll, taken } = queueInto();
  const long = `${"x".repeat(200)}\n`;
  queue.write(long);
  queue.write(long);
  takeAll();
  expect(taken()).toBe(`${long}gap of 1\n`);
});

test.each(["ENOSPC", "EFBIG", "EPIPE", "EIO", "ERR_STREAM_DESTROYED"])(
  "after %s it is told once, tried again each second, and nothing that waited is lost",
  (code) => {
    const { queue, clock, fail, take, takeAll, taken, troubles, isWriting } = queueInto();
    queue.write("one\n");
    queue.write("two\n");
    take(2);
    for (let second = 0; second < 5; second += 1) {
      fail(code);
      clock.advance(999);
      expect(isWriting()).toBe(false);
      clock.advance(1);
    }
    takeAll();
    expect(taken()).toBe("one\ntwo\n");
    expect(troubles).toEqual([`cannot be written (${code})`]);

    queue.write("three\n");
    fail(code);
    expect(troubles).toHaveLength(2);
    clock.advance(1_000);
    takeAll();
    expect(taken()).toBe("one\ntwo\nthree\n");
    expect(clock.pending()).toBe(0);
  },
);

test("an output that is busy (EAGAIN), or takes nothing, is asked again soon, and that is no trouble", () => {
  const { queue, clock, fail, take, takeAll, taken, troubles } = queueInto();
  queue.write("one\n");
  fail("EAGAIN");
  clock.advance(50);
  take(0);
  clock.advance(50);
  takeAll();
  expect(taken()).toBe("one\n");
  expect(troubles).toEqual([]);
});

test("a flush waits for what is being written and for what waits, and no longer than it is told", async () => {
  const { queue, clock, take } = queueInto();
  expect(await isDone(queue.flush(500))).toBe(true);
  queue.write("one\n");
  queue.write("two\n");
  const flushed = queue.flush(500);
  const impatient = queue.flush(400);
  take();
  clock.advance(400);
  expect(await isDone(impatient)).toBe(true);
  expect(await isDone(flushed)).toBe(false);
  take();
  expect(await isDone(flushed)).toBe(true);
  expect(clock.pending()).toBe(0);
});

test("a flush after a failed write tries once more at once, and does not wait for a third time", async () => {
  const { queue, fail, take, taken, isWriting } = queueInto();
  queue.write("one\n");
  fail("ENOSPC");
  const first = queue.flush(500);
  expect(isWriting()).toBe(true);
  fail("ENOSPC");
  expect(await isDone(first)).toBe(true);
  const second = queue.flush(500);
  take();
  expect(await isDone(second)).toBe(true);
  expect(taken()).toBe("one\n");
});

test("the first line is written at once, and those of the time after it together", () => {
  const { queue, clock, take, taken, isWriting } = queueInto({ gatherMs: 100 });
  queue.write("one\n");
  queue.write("two\n");
  take();
  clock.advance(99);
  queue.write("three\n");
  expect(isWriting()).toBe(false);
  clock.advance(1);
  take();
  expect(taken()).toBe("one\ntwo\nthree\n");
  clock.advance(100);
  queue.write("four\n");
  take();
  expect(taken()).toBe("one\ntwo\nthree\nfour\n");
});

test("lines that fill a write wait for no others, and neither do those that somebody flushes", async () => {
  const { queue, clock, take, taken, isWriting } = queueInto({ waitingBytes: 1e6, gatherMs: 100 });
  queue.write("one\n");
  take();
  queue.write("x".repeat(64 * 1024));
  expect(isWriting()).toBe(true);
  take();
  queue.write("last\n");
  expect(isWriting()).toBe(false);
  const flushed = queue.flush(500);
  take();
  expect(await isDone(flushed)).toBe(true);
  expect(taken().endsWith("last\n")).toBe(true);
  expect(clock.pending()).toBe(0);
});

test("lines that gather are counted against the bound, and a gap is told before what comes after it", () => {
  const { queue, clock, take, takeAll, taken } = queueInto({ waitingBytes: 30, gatherMs: 100 });
  queue.write(line("a"));
  take();
  for (const text of ["b", "c", "d", "e"]) queue.write(line(text));
  clock.advance(100);
  takeAll();
  queue.write(line("f"));
  clock.advance(100);
  takeAll();
  expect(taken()).toBe(`${["a", "b", "c", "d"].map(line).join("")}gap of 1\n${line("f")}`);
});
