import * as z from "zod/mini";
import { RelayState } from "./http.ts";
import { IceGrant, IceServer } from "./ice.ts";
import {
  ConnectionNumber,
  DurationMs,
  Epoch,
  Generation,
  RequestId,
  RoomId,
  SessionId,
  TabId,
} from "./ids.ts";
import { LIMITS } from "./limits.ts";

const Secret = z.string().check(z.minLength(16), z.maxLength(LIMITS.idChars));
const Ticket = z.string().check(z.minLength(1), z.maxLength(LIMITS.tokenChars));

/** The first message of a page, as the `auth` payload of the Socket.IO CONNECT packet (SPEC W1). */
export const Hello = z.object({
  /** The oldest version of the protocol that the page speaks. */
  protocol: z.int(),
  /** The newest version that the page speaks; absent: the same as the oldest (SPEC V1). */
  newestProtocol: z.optional(z.int()),
  token: z.optional(z.string().check(z.maxLength(LIMITS.tokenChars))),
  tabId: TabId,
  /**
   * Number of the connection among those of this tab: one that is not above the newest that the server has seen changes
   * nothing (SPEC S10).
   */
  connection: z.optional(ConnectionNumber),
  /** The person asked for this tab to take over from another one. */
  force: z.optional(z.boolean()),
  /** The session that the page had, as it remembers it. */
  resume: z.optional(
    z.object({
      sessionId: SessionId,
      resumeSecret: Secret,
      /**
       * The epoch in the page's last welcome. One below the session's own shows that welcomes went into dead connections.
       */
      epoch: Epoch,
      /** Whether the page still holds the room's RTCPeerConnection. */
      peerConnection: z.enum(["alive", "lost"]),
      /**
       * How many of the partner's signals have come in this generation; absent from a page that does not need all of them
       * (SPEC R14).
       */
      received: z.optional(
        z.object({ generation: Generation, count: z.int().check(z.gte(0), z.lte(2 ** 31)) }),
      ),
    }),
  ),
  /**
   * The signed ticket of the room that the page was in, by which a restarted server puts the two together again (SPEC T2).
   */
  ticket: z.optional(Ticket),
  /** The page takes `acked` and `signal-refused` in place of an acknowledgement of each signal (SPEC R20). */
  cumulativeAcks: z.optional(z.boolean()),
});
export type Hello = z.infer<typeof Hello>;

/** The versions of a hello alone, which can be read whatever else a hello of another version holds. */
export const HelloVersion = z.object({ protocol: z.int(), newestProtocol: z.optional(z.int()) });

/** Who makes the first offer of a generation. */
export const Role = z.enum(["initiator", "responder"]);
export type Role = z.infer<typeof Role>;

/** A room as one of its two members sees it. */
export const RoomView = z.object({
  roomId: RoomId,
  generation: Generation,
  role: Role,
  /** `away`: the partner's connection dropped, and the partner may still come back. */
  partner: z.enum(["present", "away"]),
  /** The request id of the `find` that led here. */
  requestId: RequestId,
  /** One of the two asked that neither sees the other's address (SPEC K5). */
  relayOnly: z.optional(z.boolean()),
});
export type RoomView = z.infer<typeof RoomView>;

/** What a session is doing, as the server holds it. */
export const SessionState = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("idle") }),
  z.object({ kind: z.literal("queued"), requestId: RequestId }),
  z.object({ kind: z.literal("in-room"), room: RoomView }),
]);
export type SessionState = z.infer<typeof SessionState>;

/** The server's confirmation that the connection is usable (SPEC W2). */
export const Welcome = z.object({
  sessionId: SessionId,
  /** Known to this tab only; proves the session at the next hello. */
  resumeSecret: Secret,
  epoch: Epoch,
  /** False: the session is new, also where a resume was asked for. */
  resumed: z.boolean(),
  state: SessionState,
  ticket: z.optional(Ticket),
  /** What is left of the life of the page's token. */
  tokenExpiresInMs: DurationMs,
  /** The servers that everybody may use, for a page that does not read `ice`. */
  iceServers: z.array(IceServer),
  /** For a session in a room: all servers, TURN credentials included (SPEC K2). */
  ice: z.optional(IceGrant),
  /** Whether two people who both need a relay reach each other; `ok` also says that a match brings TURN (SPEC K25). */
  relay: z.optional(RelayState),
  /**
   * Window, from a loss of the connection on, in which the page starts its first attempt to reconnect at a random moment.
   */
  retryWindowMs: DurationMs,
  /** Signals over this connection need no acknowledgement each (SPEC R20). */
  cumulativeAcks: z.optional(z.boolean()),
});
export type Welcome = z.infer<typeof Welcome>;
