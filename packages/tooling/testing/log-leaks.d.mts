/** Something in a log that must not be there. */
export interface LogLeak {
  readonly kind: string;
  /** The line, without what was found in it. */
  readonly line: string;
}

/** Finds what must never be logged: session descriptions, candidates, tokens, TURN accounts, secrets and whole addresses. */
export function findLeaks(
  text: string,
  known?: {
    /** Further words that must not stand there. */
    readonly secrets?: readonly string[];
    /** Addresses that may, such as the one that the server listens on. */
    readonly allowed?: readonly string[];
  },
): readonly LogLeak[];
