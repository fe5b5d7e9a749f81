import * as z from "zod/mini";
import { ErrorBody } from "./errors.ts";
import { DurationMs } from "./ids.ts";
import { LIMITS } from "./limits.ts";

/**
 * Header with which a page marks its own polling where the service is of the page's origin: some browsers then send neither
 * Origin nor Sec-Fetch-Site (SPEC W7). Any value counts.
 */
export const PAGE_HEADER = "x-serendip-page";

/** Most leading zero bits that a page looks for: some 16 million hashes, a quarter of a minute of a desktop computer. */
const MOST_BITS = 24;

/** What a page has to answer before it gets a new identity (SPEC B14). */
export const Challenge = z.discriminatedUnion("kind", [
  /** Wanted: a `counter` such that SHA-256 of `<nonce>.<counter>` begins with `bits` zero bits. */
  z.object({
    kind: z.literal("proof-of-work"),
    nonce: z.string().check(z.minLength(1), z.maxLength(LIMITS.tokenChars)),
    bits: z.int().check(z.gte(0), z.lte(MOST_BITS)),
  }),
  /** Wanted: the token that a challenge service gives to who passes it. */
  z.object({
    kind: z.literal("token"),
    /** Names the service, for example `turnstile`. */
    provider: z.string().check(z.minLength(1), z.maxLength(LIMITS.idChars)),
    /** The public key by which the service knows this site. */
    siteKey: z.string().check(z.minLength(1), z.maxLength(LIMITS.tokenChars)),
  }),
]);
export type Challenge = z.infer<typeof Challenge>;

/** The answer to a `Challenge` of the same kind. */
export const ChallengeAnswer = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("proof-of-work"),
    /** As it came in the challenge. */
    nonce: z.string().check(z.minLength(1), z.maxLength(LIMITS.tokenChars)),
    /** Written in decimal where it is hashed. */
    counter: z.int().check(z.gte(0), z.lte(2 ** 53 - 1)),
  }),
  z.object({
    kind: z.literal("token"),
    token: z.string().check(z.minLength(1), z.maxLength(LIMITS.tokenChars)),
  }),
]);
export type ChallengeAnswer = z.infer<typeof ChallengeAnswer>;

/**
 * Body of `POST /v1/sessions`. The page's present token is sent as `Authorization: Bearer …`, so that its person keeps the
 * user id (SPEC S1).
 */
export const MintRequest = z.object({
  /** Random per browser profile; lets the server see that two tabs belong to one device. */
  deviceGroup: z.optional(z.uuid()),
  /** Where the request before was refused with `challenge_required`. */
  answer: z.optional(ChallengeAnswer),
});
export type MintRequest = z.infer<typeof MintRequest>;

/** Answer of `POST /v1/sessions`: a token, and what is left of its life. */
export const MintReply = z.object({
  token: z.string().check(z.minLength(1), z.maxLength(LIMITS.tokenChars)),
  expiresInMs: DurationMs,
});
export type MintReply = z.infer<typeof MintReply>;

/**
 * Body of a refused `POST /v1/sessions`: 401 with `challenge_required`, or with `token_invalid` where the
 * token is used up (SPEC S14), 403 with `revoked`, 429 with `rate_limited`, 503 with `server_full` or
 * `unavailable`. The last two statuses say `retryAfterMs` in seconds as well, rounded up (`Retry-After`, RFC 9110 section 10.2.3).
 */
export const MintRefusal = z.extend(ErrorBody, {
  /** With `challenge_required`. Absent, or of a kind that the page does not know: it cannot answer. */
  challenge: z.catch(z.optional(Challenge), undefined),
});
export type MintRefusal = z.infer<typeof MintRefusal>;

/**
 * Whether two people who both need a relay reach each other (SPEC K21). `ok`: a TURN server is fully up; `failed`: none is;
 * `none`: none is configured.
 */
export const RelayState = z.enum(["ok", "failed", "none"]);
export type RelayState = z.infer<typeof RelayState>;

/** Answer of `GET /healthz` and `GET /readyz`. */
export const HealthReply = z.object({
  status: z.enum(["ok", "unavailable"]),
  checks: z.optional(z.record(z.string(), z.enum(["ok", "failed"]))),
  /**
   * Only in the answer of `/readyz`: a page offers to hide its person's address where this is `ok` (SPEC K13). Readiness
   * does not depend on it.
   */
  relay: z.optional(RelayState),
});
export type HealthReply = z.infer<typeof HealthReply>;

/** The web client's `config.json`: what an operator sets at deploy time, without a rebuild. */
export const WebConfig = z.object({
  /** Where the signaling service is, for example `https://signal.example.org`. */
  signalingUrl: z.optional(z.string()),
});
export type WebConfig = z.infer<typeof WebConfig>;
