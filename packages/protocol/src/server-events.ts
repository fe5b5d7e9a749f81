import * as z from "zod/mini";
import { ErrorBody } from "./errors.ts";
import { IceGrant } from "./ice.ts";
import { ConnectionNumber, DurationMs, Generation, RequestId, RoomId, Sequence } from "./ids.ts";
import { LIMITS } from "./limits.ts";
import { Role, RoomView, Welcome } from "./session.ts";
import { SignalEnvelope, SignalPlace } from "./signal.ts";

/** The reasons that every page knows. A page takes an event with another word in this place for unreadable. */
const FIRST_REASONS = ["next", "left", "timeout", "superseded", "media-failed", "server-restart"] as const;
const FirstReason = z.enum(FIRST_REASONS);

/** Why a room ended (SPEC R8); each room ends once, with one of these. */
export const RoomEndReason = z.enum([...FIRST_REASONS, "flood"]);
export type RoomEndReason = z.infer<typeof RoomEndReason>;

/** How a session lost its socket, as the server sees it. */
export const AwayCause = z.enum(["unload", "dropped", "silent", "protocol", "drain"]);
export type AwayCause = z.infer<typeof AwayCause>;

/** How often a page does something at once; after that it waits as for a service that is away. */
interface AtMost {
  readonly times: number;
  readonly withinMs: number;
}

/**
 * Why the server closes a connection, and what the page does then (SPEC W8). Pages go by this table of their own, and not by
 * `reconnect` of the bye, so that a code may get another answer without a new version.
 */
export const BYE_POLICY = {
  hello_timeout: { reconnect: "now" },
  token_expired: { reconnect: "now" },
  /** Two copies of a tab must not take the session from each other without end (SPEC S11). */
  session_resumed: { reconnect: "now", atMost: { times: 3, withinMs: 60_000 } },
  superseded: { reconnect: "no" },
  revoked: { reconnect: "no" },
  stale: { reconnect: "now" },
  stale_connection: { reconnect: "now" },
  unavailable: { reconnect: "after" },
  rate_limited: { reconnect: "after" },
  protocol_abuse: { reconnect: "after" },
  draining: { reconnect: "after" },
} as const satisfies Record<
  string,
  { readonly reconnect: "no" | "after" } | { readonly reconnect: "now"; readonly atMost?: AtMost }
>;
export type ByeCode = keyof typeof BYE_POLICY;
export const BYE_CODES = Object.keys(BYE_POLICY) as [ByeCode, ...ByeCode[]];

/** Why the server closes this connection, and what the page does then (SPEC W8). */
export const Bye = z.object({
  /** One that is newer than the receiver counts as `unavailable` (SPEC B12). */
  code: z.pipe(z.string(), z.catch(z.enum(BYE_CODES), "unavailable")),
  reconnect: z.pipe(z.string(), z.catch(z.enum(["no", "now", "after"]), "after")),
  delayMs: z.optional(DurationMs),
  /** With `stale_connection`: the newest connection of this tab that the server has seen (SPEC S10). */
  newestConnection: z.optional(ConnectionNumber),
});
export type Bye = z.infer<typeof Bye>;

/** The bye of a code, with what the page does next by `BYE_POLICY`. */
export function byeOf(code: ByeCode, more: Pick<Bye, "delayMs" | "newestConnection"> = {}): Bye {
  return { code, reconnect: BYE_POLICY[code].reconnect, ...more };
}

/** The events that the server sends to a page, with their bodies. What a page acknowledges is in `SERVER_REQUESTS`. */
export const SERVER_EVENTS = {
  /** The connection is usable: the answer to hello. */
  welcome: Welcome,
  /** A partner was found. */
  matched: z.object({
    room: RoomView,
    ticket: z.optional(z.string().check(z.maxLength(LIMITS.tokenChars))),
    /** The ICE servers for this room (SPEC K2). */
    ice: z.optional(IceGrant),
  }),
  /** The page is back in the queue at its old place, because the match did not come about. */
  requeued: z.object({ requestId: RequestId, roomId: RoomId, reason: FirstReason }),
  /** A signal from the partner, as the partner sent it. */
  signal: SignalEnvelope,
  /** The page's own signals of this generation have been taken, up to this number (SPEC R20). */
  acked: z.object({ roomId: RoomId, generation: Generation, upTo: Sequence }),
  /** This signal of the page, which came without an acknowledgement, was not taken (SPEC R20). */
  "signal-refused": z.object({ ...SignalPlace.shape, error: ErrorBody }),
  /** The partner's connection dropped; the partner has `graceMs` to come back. */
  "partner-away": z.object({ roomId: RoomId, cause: AwayCause, graceMs: DurationMs }),
  /** The partner is back. Where the generation has grown, a new negotiation begins, in this role. */
  "partner-back": z.object({ roomId: RoomId, generation: Generation, role: Role }),
  /** The partner is gone and the room with it. */
  "partner-left": z.object({
    roomId: RoomId,
    reason: FirstReason,
    /** The reason that counts, where there is one; a word that this page does not know counts as none (SPEC R8). */
    newReason: z.catch(z.optional(RoomEndReason), undefined),
  }),
  /** A newer ticket for the room. */
  ticket: z.object({ roomId: RoomId, ticket: z.string().check(z.maxLength(LIMITS.tokenChars)) }),
  /** The server stops soon: the page is to open a connection beside this one after so long (SPEC D2). */
  draining: z.object({ delayMs: DurationMs }),
  /** The server closes this connection. */
  bye: Bye,
  /** The page sent something that could not be answered in an acknowledgement. */
  problem: z.object({ event: z.string(), error: ErrorBody }),
} as const;

/** The body of a `partner-left` that every page can read, whatever the reason. */
export function partnerLeft(
  roomId: RoomId,
  reason: RoomEndReason,
): z.infer<(typeof SERVER_EVENTS)["partner-left"]> {
  return reason === "flood" ? { roomId, reason: "left", newReason: reason } : { roomId, reason };
}

/** The reason in a `partner-left`. */
export const reasonOf = ({
  reason,
  newReason,
}: z.infer<(typeof SERVER_EVENTS)["partner-left"]>): RoomEndReason => newReason ?? reason;

export type ServerEvent = keyof typeof SERVER_EVENTS;
export type ServerBody<Event extends ServerEvent> = z.infer<(typeof SERVER_EVENTS)[Event]>;

const Nothing = z.object({});

/** The events of the server that a page acknowledges, with body and reply. */
export const SERVER_REQUESTS = {
  /** Asks whether anybody is there; the acknowledgement alone is the answer (SPEC G7). */
  probe: { body: Nothing, reply: Nothing },
} as const;

export type ServerRequest = keyof typeof SERVER_REQUESTS;
export type ServerRequestBody<Request extends ServerRequest> = z.infer<
  (typeof SERVER_REQUESTS)[Request]["body"]
>;
export type ServerRequestReply<Request extends ServerRequest> = z.infer<
  (typeof SERVER_REQUESTS)[Request]["reply"]
>;
