import * as z from "zod/mini";
import { LIMITS } from "./limits.ts";

/** Any id on the wire: 1–100 characters that are safe in a URL, a log line and a key (RFC 4648 base64url alphabet). */
export const Id = z.string().check(z.minLength(1), z.maxLength(LIMITS.idChars), z.regex(/^[A-Za-z0-9_-]+$/));

/** A session: one person's tab on the server; it survives sockets. */
export const SessionId = Id;
/** A room: two sessions put together. */
export const RoomId = Id;
/** An id that the page makes for each request, so that the server recognises a repetition. */
export const RequestId = Id;
/** One browser tab; it survives reloads of that tab. */
export const TabId = Id;
/** A person, for the matching; a UUID (RFC 9562). */
export const UserId = z.uuid();

/** Which negotiation attempt of a room a signal belongs to; starts at 1 and only grows. */
export const Generation = z.int().check(z.gte(1), z.lte(2 ** 31));
/** Position of a signal among those of its sender in its room and generation; contiguous from 1. */
export const Sequence = z.int().check(z.gte(1), z.lte(2 ** 31));
/** The session's fencing number: +1 on every attach. */
export const Epoch = z.int().check(z.gte(1), z.lte(2 ** 53 - 1));
/** Counts the connections that one tab has begun: +1 for each attempt, also for one that came to nothing. */
export const ConnectionNumber = z.int().check(z.gte(1), z.lte(2 ** 53 - 1));
/** A span of time, milliseconds. */
export const DurationMs = z.int().check(z.gte(0), z.lte(2 ** 53 - 1));

export type SessionId = z.infer<typeof SessionId>;
export type RoomId = z.infer<typeof RoomId>;
export type RequestId = z.infer<typeof RequestId>;
export type TabId = z.infer<typeof TabId>;
export type UserId = z.infer<typeof UserId>;
