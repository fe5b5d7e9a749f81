import type { Log } from "../words/log.ts";

/** Writes to the browser's console; the prefix makes the lines easy to filter. */
export function consoleLog(target: Pick<Console, "info" | "warn"> = console): Log {
  return {
    info: (message, details) => target.info(`[serendip] ${message}`, ...(details ? [details] : [])),
    warn: (message, details) => target.warn(`[serendip] ${message}`, ...(details ? [details] : [])),
  };
}

/** Writes nothing. */
export const silentLog: Log = { info: () => {}, warn: () => {} };
