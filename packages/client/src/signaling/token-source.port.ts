/** Why no token could be had; `retry` tells a passing failure from one that stays. */
export class IdentityFailure extends Error {
  readonly code: "unreachable" | "refused";

  constructor(code: "unreachable" | "refused", message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Where tokens come from: the signaling service itself, or an identity provider. */
export interface TokenSource {
  /**
   * A token that is good now, for the same identity as `current` where that still counts.
   *
   * @throws IdentityFailure
   */
  fetch(
    current: string | undefined,
    signal: AbortSignal,
  ): Promise<{ readonly token: string; readonly expiresInMs: number }>;
}
