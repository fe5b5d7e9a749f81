import type { Clock } from "@serendip/time";
import type { TabMemory } from "../tab/tab-memory.ts";
import type { TokenSource } from "./token-source.port.ts";

/** A token that ends sooner is not shown any more, milliseconds. */
const SPARE_MS = 10_000;

/** Tokens for connection attempts. */
export interface TokenSupply {
  /**
   * A fresh one for each attempt (without the old one when `renew`), but for an urgent one, for which the one at hand will do.
   * A browser keeps a half-open HTTP connection for the next request, although nobody waits for it any more, with ever
   * longer pauses between its packets; a new WebSocket starts anew.
   *
   * @throws IdentityFailure
   */
  forAttempt(
    how: { readonly renew: boolean; readonly urgent: boolean },
    signal: AbortSignal,
    onWork: () => void,
  ): Promise<string>;
  /** The token at hand is good for so long. */
  extend(expiresInMs: number): void;
}

export function createTokenSupply(options: {
  readonly source: TokenSource;
  readonly memory: TabMemory;
  readonly clock: Pick<Clock, "now">;
}): TokenSupply {
  const { source, memory, clock } = options;
  /** Undefined for the token of an older page. */
  let until: number | undefined;
  const extend = (expiresInMs: number): void => {
    until = clock.now() + expiresInMs;
  };
  return {
    extend,
    async forAttempt({ renew, urgent }, signal, onWork) {
      const { token: known } = memory.current();
      const isGood = until !== undefined && until - clock.now() > SPARE_MS;
      if (urgent && !renew && isGood && known !== undefined) return known;
      const { token, expiresInMs } = await source.fetch(renew ? undefined : known, signal, onWork);
      extend(expiresInMs);
      return token;
    },
  };
}
