import * as z from "zod/mini";
import { DurationMs } from "./ids.ts";
import { LIMITS } from "./limits.ts";

/**
 * Header with which a page marks its own polling where the service is of the page's origin: some browsers then send neither
 * Origin nor Sec-Fetch-Site (SPEC W7). Any value counts.
 */
export const PAGE_HEADER = "x-serendip-page";

/**
 * Body of `POST /v1/sessions`. The page's present token is sent as `Authorization: Bearer …`, so that its person keeps the
 * user id (SPEC S1).
 */
export const MintRequest = z.object({
  /** Random per browser profile; lets the server see that two tabs belong to one device. */
  deviceGroup: z.optional(z.uuid()),
});
export type MintRequest = z.infer<typeof MintRequest>;

/** Answer of `POST /v1/sessions`: a token, and what is left of its life. */
export const MintReply = z.object({
  token: z.string().check(z.minLength(1), z.maxLength(LIMITS.tokenChars)),
  expiresInMs: DurationMs,
});
export type MintReply = z.infer<typeof MintReply>;

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
