import type { Cancel, Clock } from "@serendip/time";
import type { Log, LogFields } from "../../ports.ts";

/** Repetitions are counted for this time, then the counts are written. */
const WINDOW_MS = 10_000;
/**
 * Lines of one phrase that are written for one source within a window. A person who presses Next or reloads once a second
 * stays below, so that each of their lines is there; a program that does it as fast as it is answered does not.
 */
const LINES_OF_SOURCE = 20;
/**
 * Lines of one phrase that are written for all sources together within a second: sessions and networks cost a stranger
 * nothing. A full server in ordinary use stays below. With 200 bytes a line it is 10 KB/s.
 */
const LINES_PER_SECOND = 50;
/** Sources of one phrase whose counts are written one by one; the counts of the others are written as a sum. */
const TOLD_SOURCES = 5;
/** Phrases that are counted one by one. The code has fewer; those above share one count. */
const MAX_PHRASES = 100;
const OTHER_PHRASES = "other phrases";
/**
 * Sources that are counted one by one within a window, about a megabyte; for the others only the bound of their phrase
 * holds.
 */
const MAX_SOURCES = 10_000;
/** Characters of a line's fields, enough to tell one fault from another. */
const FAULT_CHARS = 200;

type Level = keyof Log;

interface SourceCount {
  /** The fields by which a reader of the log knows the source. */
  readonly shown: LogFields | undefined;
  written: number;
  suppressed: number;
}

interface PhraseCount {
  readonly level: Level;
  readonly phrase: string;
  readonly sources: Map<string, SourceCount>;
  /** The newest message of this phrase, with its numbers. */
  message: string;
  second: number;
  writtenInSecond: number;
  /** Suppressed lines of sources that are not counted one by one. */
  suppressed: number;
}

interface RepetitionParts {
  readonly log: Log;
  readonly clock: Clock;
  /** Whether lines of a level are written at all; others are not counted. */
  readonly isWritten: (level: Level) => boolean;
}

/** A log that writes what is repeated only a few times, and counts the rest. */
export interface RepetitionLog extends Log {
  /** Writes what was counted, and begins a new window. */
  tell(): void;
  /** Number of lines that were counted instead of written, since the start. */
  suppressed(): number;
}

/** The source that a line names. Ids of a connection do not count, because the next connection has another. */
function strangerOf(fields: LogFields | undefined): [key: string, shown: LogFields] | undefined {
  for (const name of ["sessionId", "roomId", "network"]) {
    const value = fields?.[name];
    if (typeof value === "string") return [`${name} ${value}`, { [name]: value }];
  }
  return undefined;
}

/**
 * The source of a warning or an error that names no session, room or network: its fields. So it is repeated only by a line
 * that says the same of the same thing.
 */
function faultOf(level: Level, fields: LogFields = {}): [key: string, shown: LogFields] | undefined {
  if (level !== "warn" && level !== "error") return undefined;
  try {
    return [JSON.stringify(fields).slice(0, FAULT_CHARS), fields];
  } catch {
    return ["", fields];
  }
}

/**
 * Keeps strangers from writing the log full. Lines are alike when they have the same level and the same words, whatever the
 * numbers between these. Of lines that are alike, `LINES_OF_SOURCE` of each source are written in `WINDOW_MS`, and
 * `LINES_PER_SECOND` in all. The others are counted; the counts are written at the end of the window, in at most
 * `TOLD_SOURCES` + 1 lines.
 */
export function countRepetitions({ log, clock, isWritten }: RepetitionParts): RepetitionLog {
  const phrases: Readonly<Record<Level, Map<string, PhraseCount>>> = {
    debug: new Map(),
    info: new Map(),
    warn: new Map(),
    error: new Map(),
  };
  /** All of them, in the order in which their first lines came. */
  const counts: PhraseCount[] = [];
  let sources = 0;
  let suppressedInAll = 0;
  let cancelEnd: Cancel | undefined;

  const tellOf = (count: PhraseCount): void => {
    const { level, phrase, message } = count;
    const more = (suppressed: number, fields: LogFields | undefined) =>
      log[level](`${message} … and ${suppressed.toLocaleString("en-US")} more`, {
        ...fields,
        phrase,
        count: suppressed,
      });
    const loud = [...count.sources.values()]
      .filter(({ suppressed }) => suppressed > 0)
      .sort((a, b) => b.suppressed - a.suppressed);
    for (const { shown, suppressed } of loud.slice(0, TOLD_SOURCES)) more(suppressed, shown);
    const others = loud.slice(TOLD_SOURCES);
    const rest = others.reduce((sum, { suppressed }) => sum + suppressed, count.suppressed);
    if (rest > 0) more(rest, { source: "several" });
  };

  const tell = (): void => {
    cancelEnd?.();
    cancelEnd = undefined;
    const counted = counts.splice(0);
    for (const { level } of counted) phrases[level].clear();
    sources = 0;
    for (const count of counted) tellOf(count);
  };

  const phraseCount = (level: Level, message: string): PhraseCount => {
    const ofLevel = phrases[level];
    // Most messages have no numbers, and are their own phrase.
    const asItIs = ofLevel.get(message);
    if (asItIs) return asItIs;
    const phrase = message.replace(/\d+/g, "#");
    const known = ofLevel.get(phrase) ?? ofLevel.get(OTHER_PHRASES);
    if (known) return known;
    cancelEnd ??= clock.after(WINDOW_MS, tell);
    const count: PhraseCount = {
      level,
      phrase: counts.length < MAX_PHRASES ? phrase : OTHER_PHRASES,
      sources: new Map(),
      message,
      second: 0,
      writtenInSecond: 0,
      suppressed: 0,
    };
    counts.push(count);
    ofLevel.set(count.phrase, count);
    return count;
  };

  const linesThisSecond = (count: PhraseCount): number => {
    const second = Math.floor(clock.now() / 1_000);
    if (second !== count.second) {
      count.second = second;
      count.writtenInSecond = 0;
    }
    return count.writtenInSecond;
  };

  const write = (level: Level, message: string, fields: LogFields | undefined): void => {
    if (!isWritten(level)) return;
    const count = phraseCount(level, message);
    count.message = message;
    const [key, shown] = strangerOf(fields) ?? faultOf(level, fields) ?? [];
    let source = key === undefined ? undefined : count.sources.get(key);
    const isLoud = source !== undefined && source.written >= LINES_OF_SOURCE;
    if (isLoud || linesThisSecond(count) >= LINES_PER_SECOND) {
      (source ?? count).suppressed += 1;
      suppressedInAll += 1;
      return;
    }
    // Only a source with a written line is counted by itself, so that ids made by the thousand push no other source out.
    if (!source && key !== undefined && sources < MAX_SOURCES) {
      source = { shown, written: 0, suppressed: 0 };
      count.sources.set(key, source);
      sources += 1;
    }
    if (source) source.written += 1;
    count.writtenInSecond += 1;
    log[level](message, fields);
  };

  const at = (level: Level) => (message: string, fields?: LogFields) => write(level, message, fields);
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    tell,
    suppressed: () => suppressedInAll,
  };
}
