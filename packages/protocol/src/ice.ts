import * as z from "zod/mini";
import { RelayState } from "./http.ts";
import { DurationMs } from "./ids.ts";

/** An ICE server as RTCConfiguration takes it (W3C WebRTC section 4.2.2). */
export const IceServer = z.object({
  urls: z.array(z.string()),
  username: z.optional(z.string()),
  credential: z.optional(z.string()),
});
export type IceServer = z.infer<typeof IceServer>;

/** The ICE servers that a session may use (SPEC K2, K17). */
export const IceGrant = z.object({
  iceServers: z.array(IceServer),
  /** What is left of the life of the credentials; absent where they do not end. */
  expiresInMs: z.optional(DurationMs),
  /** URLs of TURN servers that are configured and do not work at the moment, so that a page can say so (SPEC K4). */
  withheld: z.optional(z.array(z.string())),
  /**
   * Whether two people who both need a relay reach each other. Said only where the servers do not show it: `failed` where
   * TURN servers are given and none of them is fully up (SPEC K22).
   */
  relay: z.optional(RelayState),
});
export type IceGrant = z.infer<typeof IceGrant>;
