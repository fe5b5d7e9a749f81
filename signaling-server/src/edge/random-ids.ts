import { randomFillSync } from "node:crypto";
import type { IdSource } from "../ports.ts";

/** Bytes that are asked for at once, as Node does it for UUIDs: one question of 4 KiB costs as much as three of 16 bytes. */
const POOL_BYTES = 4_096;

/** Ids and secrets from the system's random source. */
export function randomIds(): IdSource {
  const pool = Buffer.alloc(POOL_BYTES);
  let used = POOL_BYTES;

  const take = (bytes: number): string => {
    if (used + bytes > POOL_BYTES) {
      randomFillSync(pool);
      used = 0;
    }
    const text = pool.toString("base64url", used, used + bytes);
    // No secret is to be found here once it has been handed out.
    pool.fill(0, used, used + bytes);
    used += bytes;
    return text;
  };

  return { id: () => take(16), secret: () => take(32) };
}
