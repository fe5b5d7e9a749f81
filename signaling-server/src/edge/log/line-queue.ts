import type { Cancel, Clock } from "@serendip/time";
import type { Output } from "./output.ts";

/** Bytes that may wait for a reader or a disk: some 5,000 lines, several minutes of an ordinary service. */
const WAITING_BYTES = 1024 * 1024;
/** Bytes of one write: as many as fit into a pipe. */
const CHUNK_BYTES = 64 * 1024;
/** Pause before a write is tried again to a full disk, or to a reader that is gone. */
const RETRY_MS = 1_000;
/** Pause before a write is tried again that the system refused for the moment, as a terminal's does. */
const BUSY_RETRY_MS = 50;
const BUSY: ReadonlySet<string | undefined> = new Set(["EAGAIN", "EBUSY", "EINTR"]);

/** Lines that were dropped one after the other. */
export interface Gap {
  readonly lines: number;
  /** The instant at which the first of them was dropped, on the clock of the queue. */
  readonly since: number;
}

interface LineQueueParts {
  readonly output: Output;
  readonly clock: Clock;
  readonly waitingBytes?: number;
  /**
   * After a write lines gather for so long, unless a whole write is full of them before: each write wakes a thread, which costs
   * more than the line. 0, the default: they do not.
   */
  readonly gatherMs?: number;
  /**
   * Called when lines are lost from now on, or soon; `why` completes a sentence that begins with "The log". Called once
   * until writing works again.
   */
  readonly onTrouble?: (why: string) => void;
  /**
   * Called when writing works again after a gap. A line that it writes comes after the lines that had waited and before all
   * later ones.
   */
  readonly onGap?: (gap: Gap) => void;
}

/** Brings lines to an output. Nobody waits for them. */
export interface LineQueue {
  /** Takes a line with its line break; drops it when too many bytes wait already. */
  write(line: string): void;
  /** Resolves when nothing waits any more, when a write fails, or after `withinMs`. */
  flush(withinMs: number): Promise<void>;
  counts(): { readonly written: number; readonly dropped: number };
}

interface Chunk {
  /** Bytes that are still to be written. */
  bytes: Buffer;
  readonly lines: number;
}

export function lineQueue(parts: LineQueueParts): LineQueue {
  const { output, clock, waitingBytes: limitBytes = WAITING_BYTES, gatherMs = 0, onTrouble, onGap } = parts;
  const waiting: string[] = [];
  /** Bytes that wait, those that are being written included. */
  let waitingBytes = 0;
  let chunk: Chunk | undefined;
  let writing = false;
  let cancelRetry: Cancel | undefined;
  let cancelGathering: Cancel | undefined;
  let gap: Gap | undefined;
  let troubled = false;
  let written = 0;
  let dropped = 0;
  const flushed: (() => void)[] = [];

  const trouble = (why: string): void => {
    if (troubled) return;
    troubled = true;
    onTrouble?.(why);
  };

  const endFlushes = (): void => {
    for (const resolve of flushed.splice(0)) resolve();
  };

  const nextChunk = (): Chunk | undefined => {
    let lines = 0;
    for (let chars = 0; lines < waiting.length && chars < CHUNK_BYTES; lines += 1)
      chars += waiting[lines]?.length ?? 0;
    if (lines === 0) return undefined;
    return { bytes: Buffer.from(waiting.splice(0, lines).join("")), lines };
  };

  const pauseAfter = (error: NodeJS.ErrnoException | null): void => {
    const busy = error === null || BUSY.has(error.code);
    if (!busy) {
      trouble(`cannot be written (${error.code ?? error.message})`);
      endFlushes();
    }
    cancelRetry = clock.after(busy ? BUSY_RETRY_MS : RETRY_MS, () => {
      cancelRetry = undefined;
      writeNext();
    });
  };

  const endGathering = (): void => {
    cancelGathering?.();
    cancelGathering = undefined;
  };

  const gather = (): void => {
    const isWanted = gatherMs > 0 && waitingBytes < CHUNK_BYTES && flushed.length === 0;
    if (!isWanted || writing || cancelGathering) return;
    cancelGathering = clock.after(gatherMs, () => {
      cancelGathering = undefined;
      writeNext();
    });
  };

  const took = (current: Chunk, error: NodeJS.ErrnoException | null, bytes: number): void => {
    writing = false;
    current.bytes = current.bytes.subarray(bytes);
    waitingBytes -= bytes;
    const isWhole = current.bytes.length === 0;
    if (isWhole) {
      written += current.lines;
      chunk = undefined;
    }
    if (error || bytes === 0) {
      pauseAfter(error);
      return;
    }
    if (!gap) troubled = false;
    // Not at the first free byte, or a slow reader would get more lines about gaps than others.
    if (gap && waitingBytes <= limitBytes / 2) {
      const closed = gap;
      gap = undefined;
      onGap?.(closed);
    }
    if (isWhole) gather();
    writeNext();
  };

  const writeNext = (): void => {
    if (writing || cancelRetry || cancelGathering) return;
    chunk ??= nextChunk();
    if (!chunk) {
      endFlushes();
      return;
    }
    const current = chunk;
    writing = true;
    output.write(current.bytes, (error, bytes) => took(current, error, bytes));
  };

  return {
    write(line) {
      const bytes = Buffer.byteLength(line);
      // A line is taken whatever its length when nothing waits, so that there is always a write whose end closes a gap.
      if (gap || (waitingBytes > 0 && waitingBytes + bytes > limitBytes)) {
        dropped += 1;
        gap = { lines: (gap?.lines ?? 0) + 1, since: gap?.since ?? clock.now() };
        trouble("is not read");
        return;
      }
      waiting.push(line);
      waitingBytes += bytes;
      if (waitingBytes >= CHUNK_BYTES) endGathering();
      writeNext();
    },

    flush(withinMs) {
      return new Promise((resolve) => {
        const cancel = clock.after(withinMs, resolve);
        flushed.push(() => {
          cancel();
          resolve();
        });
        cancelRetry?.();
        cancelRetry = undefined;
        endGathering();
        writeNext();
      });
    },

    counts: () => ({ written, dropped }),
  };
}
