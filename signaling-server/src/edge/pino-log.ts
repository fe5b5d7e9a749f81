import { type DestinationStream, pino } from "pino";
import type { Log, LogFields } from "../ports.ts";

export type LogLevel = "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent";

/** What must never be read in a log, wherever a caller puts it. */
const SECRET_FIELDS = [
  "token",
  "ticket",
  "secret",
  "resumeSecret",
  "sdp",
  "candidate",
  "authorization",
  "cookie",
  "ip",
];

/** JSON lines on stdout, or on `destination`. */
export function pinoLog(level: LogLevel, destination?: DestinationStream): Log {
  const paths = SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]);
  const options = { level, base: {}, redact: { paths, censor: "[hidden]" } };
  // Written at once: what an asynchronous writer holds when the process ends comes out of order, or not at all.
  const logger = pino(options, destination ?? pino.destination({ dest: 1, sync: true }));
  const at = (name: "debug" | "info" | "warn" | "error") => (message: string, fields?: LogFields) =>
    fields ? logger[name](fields, message) : logger[name](message);
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
