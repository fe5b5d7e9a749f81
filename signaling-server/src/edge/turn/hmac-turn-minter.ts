import { createHmac } from "node:crypto";
import type { Clock } from "@serendip/time";
import type { TurnMinter } from "../../ports.ts";

/** Letters of the name in a username: enough to tell sessions apart in the TURN server's log. */
const NAME_LETTERS = 16;

/**
 * Makes accounts with the TURN server's `static-auth-secret` (draft-uberti-behave-turn-rest-00).
 *
 * @param options.calendar the system's clock: the TURN server compares the end with its own.
 */
export function hmacTurnMinter({
  secret,
  calendar,
}: {
  readonly secret: string;
  readonly calendar: Clock;
}): TurnMinter {
  return {
    mint(forWhom, ttlMs) {
      const endsAt = Math.floor((calendar.now() + ttlMs) / 1_000);
      // The TURN server's log must not show a session's id, which only its page knows.
      const name = createHmac("sha256", secret).update(`session:${forWhom}`).digest("base64url");
      const username = `${endsAt}:${name.slice(0, NAME_LETTERS)}`;
      return { username, credential: createHmac("sha1", secret).update(username).digest("base64") };
    },
  };
}
