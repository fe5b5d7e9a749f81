import * as z from "zod/mini";
import { DurationMs } from "./ids.ts";

/**
 * What the receiver of an error does:
 * - `fix`: a bug of the sender; log it, do not send the same thing again.
 * - `ignore`: late or repeated; nothing to do.
 * - `resync`: the two sides disagree about the state; reconnect and take the server's word.
 * - `retry`: the same request may work in a moment (after `retryAfterMs` where given).
 * - `renew`: get a new token, then try again.
 * - `reload`: only a newer page helps.
 * - `stop`: do not try again without the person's word.
 */
export type ErrorReaction = "fix" | "ignore" | "resync" | "retry" | "renew" | "reload" | "stop";

interface ErrorRule {
  readonly reaction: ErrorReaction;
  /** What happened and what to do, for the developer who reads it in a log. */
  readonly advice: string;
}

/** Every error of the wire, with what its receiver does: the one table that both ends read (SPEC E1). */
export const ERROR_POLICY = {
  bad_request: {
    reaction: "fix",
    advice: "What was sent does not fit its schema in packages/protocol.",
  },
  unknown_event: { reaction: "fix", advice: "No such event in this protocol version." },
  ack_missing: { reaction: "fix", advice: "Every client event needs an acknowledgement callback." },
  too_large: { reaction: "fix", advice: "The payload exceeds a limit; see LIMITS." },
  not_in_room: { reaction: "ignore", advice: "The sender is not in that room any more." },
  stale_generation: { reaction: "ignore", advice: "The signal belongs to an older negotiation of the room." },
  bad_sequence: { reaction: "resync", advice: "A signal is missing before this one." },
  partner_unreachable: {
    reaction: "ignore",
    advice: "Too many signals wait for the partner; a new generation follows.",
  },
  stale_session: { reaction: "resync", advice: "This socket no longer speaks for the session." },
  relay_unavailable: {
    reaction: "stop",
    advice: "No TURN server works at the moment, so nobody's address can be hidden.",
  },
  rate_limited: {
    reaction: "retry",
    advice: "This person sends more than a call can need; wait for `retryAfterMs`.",
  },
  unavailable: { reaction: "retry", advice: "The server cannot do this at the moment." },
  internal: { reaction: "retry", advice: "The server failed; the failure is in its log." },
  token_missing: { reaction: "renew", advice: "Send a token in the hello; POST /v1/sessions mints one." },
  token_expired: { reaction: "renew", advice: "The token's time is over; get a new one." },
  token_invalid: { reaction: "renew", advice: "The token was not made by this service, or was changed." },
  identity_unavailable: { reaction: "retry", advice: "The identity provider does not answer." },
  version_unsupported: { reaction: "reload", advice: "The page is older than the server." },
  server_outdated: { reaction: "retry", advice: "The server is older than the page and has to be updated." },
  superseded: { reaction: "stop", advice: "The same person chats in another tab." },
} as const satisfies Record<string, ErrorRule>;

/** The code of an error on the wire. */
export type ErrorCode = keyof typeof ERROR_POLICY;

export const ERROR_CODES = Object.keys(ERROR_POLICY) as [ErrorCode, ...ErrorCode[]];

/** The body of every error: in a reply, in the refusal of a connection, in a `problem` event. */
export const ErrorBody = z.object({
  code: z.enum(ERROR_CODES),
  /** A sentence for a developer; never shown to a person. */
  message: z.string(),
  /** How long to wait at least before trying again. */
  retryAfterMs: z.optional(DurationMs),
});
export type ErrorBody = z.infer<typeof ErrorBody>;

/** An error body with the code's own advice, or with the sentence `detail` where that says more. */
export function errorBody(code: ErrorCode, detail?: string, retryAfterMs?: number): ErrorBody {
  const message = detail ?? ERROR_POLICY[code].advice;
  return retryAfterMs === undefined ? { code, message } : { code, message, retryAfterMs };
}
