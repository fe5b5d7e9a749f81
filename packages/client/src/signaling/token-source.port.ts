import type { Challenge } from "@serendip/protocol";

/**
 * Why no token could be had. `unreachable` passes, and `refused` stays; `challenge-missing`: this page cannot put the check to its
 * person that the site asks for; `challenge-failed`: the person has not passed it; `revoked`: the operator has shut the
 * person out (SPEC S16).
 */
export type IdentityFailureCode =
  | "unreachable"
  | "refused"
  | "revoked"
  | "challenge-missing"
  | "challenge-failed";

/** With `unreachable`: when it makes sense to ask again, and why not sooner. */
export interface IdentityPause {
  /** No attempt is made sooner, milliseconds from now. */
  readonly retryAfterMs?: number | undefined;
  /** A person's press makes no difference to it, and is told why. */
  readonly why?: "full" | "too-fast" | undefined;
}

/** No token could be had. */
export class IdentityFailure extends Error {
  readonly code: IdentityFailureCode;
  readonly pause: IdentityPause;

  constructor(code: IdentityFailureCode, message: string, options?: ErrorOptions & IdentityPause) {
    super(message, options);
    this.code = code;
    this.pause = { retryAfterMs: options?.retryAfterMs, why: options?.why };
  }
}

/** Where tokens come from: the signaling service itself, or an identity provider. */
export interface TokenSource {
  /**
   * A token that is good now, for the same identity as `current` where that still counts.
   *
   * @param onWork to be called where it takes longer than an answer takes: the person has to pass a check, or the page to compute
   * @throws IdentityFailure
   */
  fetch(
    current: string | undefined,
    signal: AbortSignal,
    onWork?: () => void,
  ): Promise<{ readonly token: string; readonly expiresInMs: number }>;
}

/** A check of another service, such as a captcha (SPEC B14). */
export type TokenChallenge = Extract<Challenge, { readonly kind: "token" }>;

/**
 * Puts a check to the person and resolves with the token that the service gives for it; rejects where the person does not pass.
 * `signal`: nobody waits for it any more.
 */
export type SolveChallenge = (challenge: TokenChallenge, signal: AbortSignal) => Promise<string>;
