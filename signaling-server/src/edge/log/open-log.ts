import { isatty } from "node:tty";
import { steadyClock, systemClock } from "@serendip/time";
import type { Log } from "../../ports.ts";
import { type Gap, lineQueue } from "./line-queue.ts";
import { standardOutput } from "./output.ts";
import { type LogLevel, pinoLog } from "./pino-log.ts";
import { countRepetitions } from "./repetitions.ts";

/** How long the end of the process waits for a reader of the last lines. */
const LAST_LINES_MS = 500;

/** How long lines wait for others, to be written with them. */
const GATHER_MS = 100;

/** Numbers of lines since the start. */
export interface LogCounts {
  readonly written: number;
  /** Lines that were lost, because too many waited for a reader or a disk. */
  readonly dropped: number;
  /** Lines that were counted instead of written, because they repeated others. */
  readonly suppressed: number;
}

export interface OpenLog {
  readonly log: Log;
  /**
   * Says where the server is, whatever the level, since with any free port nobody could find it otherwise: as a sentence in
   * a terminal, else as a line of the log like all others, with a field `url`.
   */
  announce(sentence: string, url: string): void;
  counts(): LogCounts;
  /** Writes what was counted, and waits a short time until everything is written. Never rejects. */
  close(): Promise<void>;
}

/**
 * The log on stdout. Neither a line nor the end of the process ever waits for its reader or for a disk, and no failure to
 * write ends the process: lines are dropped instead, and counted. The first trouble of a kind is told on stderr.
 */
export function openLog(level: LogLevel): OpenLog {
  const calendar = systemClock();
  const complaints = lineQueue({ output: standardOutput(2), clock: calendar });
  const lines = lineQueue({
    output: standardOutput(1),
    clock: calendar,
    gatherMs: GATHER_MS,
    onTrouble: (why) => complaints.write(`The log ${why}. Lines are dropped when too many wait.\n`),
    onGap: ({ lines: dropped, since }: Gap) =>
      notices.warn("Log lines were dropped", { dropped, since: new Date(since).toISOString() }),
  });
  // Written at every level: where only errors are wanted, errors may have been lost.
  const notices = pinoLog(level === "silent" ? level : "warn", lines);
  const announcements = pinoLog("info", lines);
  const everything = pinoLog(level, lines);
  const log = countRepetitions({ log: everything, clock: steadyClock(), isWritten: everything.isWritten });

  return {
    log,
    announce(sentence, url) {
      if (isatty(1)) lines.write(`${sentence} on ${url}\n`);
      else announcements.info(sentence, { url });
    },
    counts: () => ({ ...lines.counts(), suppressed: log.suppressed() }),
    async close() {
      log.tell();
      await Promise.all([lines.flush(LAST_LINES_MS), complaints.flush(LAST_LINES_MS)]);
    },
  };
}
