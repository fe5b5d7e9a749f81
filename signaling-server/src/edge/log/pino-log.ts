import { type DestinationStream, pino } from "pino";
import type { Log, LogFields } from "../../ports.ts";
import { sourcePositions } from "./source-positions.ts";

export type LogLevel = "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent";

/** Names of fields, in lower case, whose values must never be written, however deep they stand. */
const SECRET_FIELDS: ReadonlySet<string> = new Set([
  "token",
  "ticket",
  "secret",
  "resume",
  "resumesecret",
  "auth",
  "authorization",
  "cookie",
  "sdp",
  "candidate",
  "ip",
  "address",
  "userid",
]);
/** Deepest nesting that is written: ordinary lines are far flatter, and a circular value ends here. */
const DEEPEST = 6;

/** Hides secret fields at any depth. Pino's own redaction needs each path, and with wildcards takes ten times as long. */
function withoutSecrets(value: unknown, depth = 0): unknown {
  if (typeof value !== "object" || value === null) return value;
  if ("toJSON" in value && typeof value.toJSON === "function") return value;
  if (depth > DEEPEST) return "[too deep]";
  if (Array.isArray(value)) return value.map((one) => withoutSecrets(one, depth + 1));
  const shown: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value))
    shown[name] = SECRET_FIELDS.has(name.toLowerCase()) ? "[hidden]" : withoutSecrets(inner, depth + 1);
  return shown;
}

export interface PinoLog extends Log {
  /** Whether lines of this level are written at all. */
  isWritten(level: keyof Log): boolean;
}

/** JSON lines, with a time in milliseconds and pino's number of the level. */
export function pinoLog(level: LogLevel, destination: DestinationStream): PinoLog {
  const formatters = { log: (fields: object) => withoutSecrets(fields) as Record<string, unknown> };
  const logger = pino({ level, base: {}, formatters }, destination);
  const at = (name: keyof Log) => (message: string, fields?: LogFields) =>
    fields ? logger[name](fields, message) : logger[name](message);
  const error = at("error");
  const inSources = sourcePositions();
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    // What says `error` is the stack of a fault, or its name.
    error(message, fields) {
      const stack = fields?.["error"];
      error(message, typeof stack === "string" ? { ...fields, error: inSources(stack) } : fields);
    },
    isWritten: (name) => logger.isLevelEnabled(name),
  };
}
