import { createHmac, createSecretKey } from "node:crypto";
import type { Clock } from "@serendip/time";
import type { Log, LogFields } from "../../ports.ts";
import { hmacWith } from "../signing/hmac.ts";

interface UserHashParts {
  /** The server's secret, without which nobody can tell a user by a hash. */
  readonly secret: string;
  /** The system's clock: servers with the same secret write the same hash on the same day. */
  readonly calendar: Clock;
}

const HASH_CHARS = 16;

/**
 * A log that writes a person's id as `userHash`: 96 bits of an HMAC-SHA-256, the same for the same person until the
 * date changes (UTC), so that the lines of a day can be joined and those of two days cannot.
 */
export function hashUsers(log: Log, { secret, calendar }: UserHashParts): Log {
  // A key of its own, so that no hash in a log is a signature of something else.
  const key = createHmac("sha256", secret).update("serendip log user-hash").digest();
  const mac = hmacWith(createSecretKey(key));
  const hashOf = (userId: string) => {
    const date = new Date(calendar.now()).toISOString().slice(0, 10);
    return mac(`${date} ${userId}`).slice(0, HASH_CHARS);
  };
  const hashed = (fields: LogFields | undefined): LogFields | undefined => {
    if (fields?.["userId"] === undefined) return fields;
    const { userId, ...rest } = fields;
    // Once somebody looks: most lines of a crowd are only counted.
    return {
      ...rest,
      get userHash() {
        return hashOf(String(userId));
      },
    };
  };
  const at = (level: keyof Log) => (message: string, fields?: LogFields) =>
    log[level](message, hashed(fields));
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
