/** Asks a STUN server again and again. */
export interface StunProbe {
  /** Whether the server at `url` (RFC 7064) answers; one question at a time. Never rejects; false once `signal` aborts. */
  ask(url: string, signal: AbortSignal): Promise<boolean>;
  /** Lets go of what it holds; a later question begins anew. */
  close(): void;
}
