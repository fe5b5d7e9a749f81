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

/** Every error of the wire, with what its receiver does: the one table that both ends read (SPEC E1). */
export const ERROR_POLICY = {
  bad_request: { reaction: "fix" },
  unknown_event: { reaction: "fix" },
  ack_missing: { reaction: "fix" },
  too_large: { reaction: "fix" },
  not_in_room: { reaction: "ignore" },
  stale_generation: { reaction: "ignore" },
  bad_sequence: { reaction: "resync" },
  partner_unreachable: { reaction: "ignore" },
  stale_session: { reaction: "resync" },
  relay_unavailable: { reaction: "stop" },
  rate_limited: { reaction: "retry" },
  server_full: { reaction: "retry" },
  draining: { reaction: "retry" },
  unavailable: { reaction: "retry" },
  internal: { reaction: "retry" },
  token_missing: { reaction: "renew" },
  token_expired: { reaction: "renew" },
  token_invalid: { reaction: "renew" },
  challenge_required: { reaction: "renew" },
  identity_unavailable: { reaction: "retry" },
  version_unsupported: { reaction: "reload" },
  server_outdated: { reaction: "retry" },
  superseded: { reaction: "stop" },
  revoked: { reaction: "stop" },
} as const satisfies Record<string, { readonly reaction: ErrorReaction }>;

/** The code of an error on the wire. */
export type ErrorCode = keyof typeof ERROR_POLICY;

/** What happened and what to do, for the developer who reads it in a log. Only who sends errors needs it. */
export const ERROR_ADVICE: Readonly<Record<ErrorCode, string>> = {
  bad_request: "What was sent does not fit its schema in packages/protocol.",
  unknown_event: "No such event in this protocol version.",
  ack_missing: "Every client event needs an acknowledgement callback.",
  too_large: "The payload exceeds a limit; see LIMITS.",
  not_in_room: "The sender is not in that room any more.",
  stale_generation: "The signal belongs to an older negotiation of the room.",
  bad_sequence: "A signal is missing before this one.",
  partner_unreachable: "Too many signals wait for the partner; a new generation follows.",
  stale_session: "This socket no longer speaks for the session.",
  relay_unavailable: "No TURN server has a relay at the moment, so nobody's address can be hidden.",
  rate_limited: "That is more than a person, device or network may ask for; wait for `retryAfterMs`.",
  server_full: "The server has as many people as it takes; wait for `retryAfterMs`.",
  draining: "The server is stopping; another one, or this one when it is back, takes the page.",
  unavailable: "The server cannot do this at the moment.",
  internal: "The server failed; the failure is in its log.",
  token_missing: "Send a token in the hello; POST /v1/sessions mints one.",
  token_expired: "The token's time is over; get a new one.",
  token_invalid: "The token was not made by this service, or was changed.",
  challenge_required: "A new identity needs the answer to a challenge; POST /v1/sessions puts it.",
  identity_unavailable: "The identity provider does not answer.",
  version_unsupported: "The page is older than the server.",
  server_outdated: "The server is older than the page and has to be updated.",
  superseded: "The same person chats in another tab.",
  revoked: "The operator has shut this person or device out for a while.",
};

export const ERROR_CODES = Object.keys(ERROR_POLICY) as [ErrorCode, ...ErrorCode[]];

/** A code as a receiver reads it: one that is newer than the receiver counts as `unavailable` (SPEC B12). */
const ReadErrorCode = z.pipe(z.string(), z.catch(z.enum(ERROR_CODES), "unavailable"));

/** The body of every error: in a reply, in the refusal of a connection or an HTTP request, in a `problem` event. */
export const ErrorBody = z.object({
  code: ReadErrorCode,
  /** A sentence for a developer; never shown to a person. */
  message: z.string(),
  /** How long to wait at least before trying again. */
  retryAfterMs: z.optional(DurationMs),
});
export type ErrorBody = z.infer<typeof ErrorBody>;

/** An error body with the code's own advice, or with the sentence `detail` where that says more. */
export function errorBody(code: ErrorCode, detail?: string, retryAfterMs?: number): ErrorBody {
  const message = detail ?? ERROR_ADVICE[code];
  return retryAfterMs === undefined ? { code, message } : { code, message, retryAfterMs };
}
