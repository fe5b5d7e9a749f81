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

/** ICE servers that somebody may use (SPEC K2, K17). */
export const IceGrant = z.object({
  iceServers: z.array(IceServer),
  /** When the first of the credentials ends; absent where none does. */
  expiresInMs: z.optional(DurationMs),
  /** URLs of TURN servers that are configured and do not work at the moment, so that a page can say so (SPEC K4). */
  withheld: z.optional(z.array(z.string())),
  /**
   * Whether two people who both need a relay reach each other (SPEC K22). Said only where the servers do not show it:
   * `failed`, where TURN servers are given and none of them is fully up.
   */
  relay: z.optional(RelayState),
});
export type IceGrant = z.infer<typeof IceGrant>;
