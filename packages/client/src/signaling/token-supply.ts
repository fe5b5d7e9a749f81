import type { Clock } from "@serendip/time";
import type { TabMemory } from "../tab/tab-memory.ts";
import type { TokenSource } from "./token-source.port.ts";

/** A token is shown again while it is good for so long, milliseconds. */
const FRESH_MS = 60_000;
/** The same where a call is in trouble. */
const URGENT_MS = 10_000;

/** Tokens for connection attempts. */
export interface TokenSupply {
  /**
   * The one at hand while it is good for a while, and else another one (without showing the old one when `renew`). A service that comes
   * back after a restart has then one request of each page less to answer. In a call in trouble the token at hand will do for even
   * longer: a browser keeps a half-open HTTP connection for the next request, although nobody waits for it any more, with ever longer
   * pauses between its packets; a new WebSocket starts anew.
   *
   * @throws IdentityFailure
   */
  forAttempt(
    how: { readonly renew: boolean; readonly urgent: boolean },
    signal: AbortSignal,
    onWork: () => void,
  ): Promise<{ readonly token: string; readonly kept: boolean }>;
  /** The token is good for so long. */
  note(token: string, expiresInMs: number): void;
  /** The token at hand was refused: the next attempt gets another one. */
  distrust(): void;
}

export function createTokenSupply(options: {
  readonly source: TokenSource;
  readonly memory: TabMemory;
  readonly clock: Pick<Clock, "now">;
}): TokenSupply {
  const { source, memory, clock } = options;
  /** Of which token it is known how long it is good; of that of an older page it is not. */
  let known: { readonly token: string; readonly until: number } | undefined;
  const note = (token: string, expiresInMs: number): void => {
    known = { token, until: clock.now() + expiresInMs };
  };
  const goodMs = (token: string | undefined): number =>
    known && known.token === token ? known.until - clock.now() : 0;
  return {
    note,
    distrust() {
      known = undefined;
    },
    async forAttempt({ renew, urgent }, signal, onWork) {
      const { token: held } = memory.current();
      const isGood = goodMs(held) >= (urgent ? URGENT_MS : FRESH_MS);
      if (!renew && isGood && held !== undefined) return { token: held, kept: true };
      const { token, expiresInMs } = await source.fetch(renew ? undefined : held, signal, onWork);
      note(token, expiresInMs);
      return { token, kept: false };
    },
  };
}
