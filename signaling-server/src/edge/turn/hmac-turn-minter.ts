import { createHmac } from "node:crypto";
import type { Clock } from "@serendip/time";
import { accountEnd } from "../../domain/ice-grant.ts";
import type { TurnMinter } from "../../ports/turn.ts";

/** Letters of the name in a username: enough to tell groups apart. */
const NAME_LETTERS = 16;

/**
 * Makes accounts with the TURN server's `static-auth-secret` (draft-uberti-behave-turn-rest-00). coturn counts by what stands
 * after the colon of a username, whatever stands before it (`user-quota`; tried with 4.6.1): the name of the group, while the
 * end is a member's own.
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
  const hash = (text: string) => createHmac("sha256", secret).update(text).digest();
  return {
    mint({ group, member }, ttlMs) {
      const now = calendar.now();
      const endsAt = accountEnd(now / 1_000, { ttlMs, phase: hash(`member:${member}`).readUInt32BE() });
      // The TURN server's log must show neither a session's id, which only its page knows, nor a network.
      const name = hash(`group:${group}`).toString("base64url").slice(0, NAME_LETTERS);
      const username = `${endsAt}:${name}`;
      const credential = createHmac("sha1", secret).update(username).digest("base64");
      return { username, credential, expiresInMs: Math.max(0, Math.floor(endsAt * 1_000 - now)) };
    },
  };
}
