import type { RoomId, ServerBody, ServerEvent, UserId } from "@serendip/protocol";
import type { TicketClaims } from "./domain/lobby/command.ts";

/**
 * Brings events to sockets.
 *
 * Guarantees: events for one socket arrive in the order of the calls, an unknown or closed socket is ignored, and no call
 * throws or waits.
 */
export interface Courier {
  /** False: there is no such socket here, or it has been closed. */
  deliver<Event extends ServerEvent>(socketId: string, event: Event, body: ServerBody<Event>): boolean;
  /** Asks whether anybody is there, and closes the connection as silent when no answer comes in time (SPEC G7). */
  probe(socketId: string): void;
  /** Says bye as the last event and closes the connection (SPEC W8). */
  dismiss(socketId: string, bye: ServerBody<"bye">): void;
}

/** Makes random ids and secrets: at least 128 bits, in the alphabet of a wire id. */
export interface IdSource {
  id(): string;
  secret(): string;
}

/** Makes and reads a room's tickets (SPEC T1). Nothing throws. */
export interface TicketSigner {
  /** The name of a person in the tickets of one room; in other rooms the same person has other names. */
  nameIn(roomId: RoomId, userId: UserId): string;
  sign(claims: Omit<TicketClaims, "me">): string;
  /** Undefined when the ticket is forged, malformed or over, or was not made for this person. */
  read(ticket: string, bearer: UserId): TicketClaims | undefined;
}

export type LogFields = Readonly<Record<string, unknown>>;

/**
 * `info`: one line per change of a session or room, with ids. Never a token, a secret, SDP or an address. Nobody waits for a
 * line to be written. Lines that repeat too often are counted instead, by their source: the `sessionId`, else the `roomId`,
 * else the `network`. A `userId` is written as `userHash`, which changes each day.
 */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}
