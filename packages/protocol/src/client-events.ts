import * as z from "zod/mini";
import { CallReport } from "./call-report.ts";
import { ErrorBody } from "./errors.ts";
import { IceGrant } from "./ice.ts";
import { DurationMs, Generation, RequestId, RoomId } from "./ids.ts";
import { LIMITS } from "./limits.ts";
import { SessionState } from "./session.ts";
import { SignalEnvelope } from "./signal.ts";

const failed = z.object({ ok: z.literal(false), error: ErrorBody });
const reply = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.discriminatedUnion("ok", [z.object({ ok: z.literal(true), ...shape }), failed]);

const Nothing = z.object({});

/** Numbers of people. */
export const Crowd = z.object({
  /** Sessions with a live socket. */
  online: z.int(),
  /** Sessions in the queue. */
  waiting: z.int(),
});
export type Crowd = z.infer<typeof Crowd>;

/**
 * What a page may send: body and reply of each event. Every event is acknowledged, but for signals of which `acked` tells (SPEC R20);
 * a reply is either `{ok: true, …}` or `{ok: false, error}`.
 */
export const CLIENT_EVENTS = {
  /**
   * Look for a partner, and leave the room first when in one. `relayOnly`: neither side may see the other's address (SPEC
   * K5). `mediaReady`: the page has its camera and microphone, as far as it gets any, and says `ready` at once (SPEC M6).
   */
  find: {
    body: z.object({
      requestId: RequestId,
      relayOnly: z.optional(z.boolean()),
      mediaReady: z.optional(z.boolean()),
    }),
    reply: reply({ state: SessionState, crowd: Crowd }),
  },
  /** Leave the queue or the room, at once. */
  leave: { body: z.object({ requestId: RequestId }), reply: reply({}) },
  /** The page has taken the match and sets up its peer connection (SPEC M6). */
  ready: { body: z.object({ requestId: RequestId, roomId: RoomId }), reply: reply({}) },
  /** The peer connection could not be made: both go back to the queue at their old places (SPEC M7). */
  "give-up": {
    body: z.object({ requestId: RequestId, roomId: RoomId }),
    reply: reply({ state: SessionState, crowd: Crowd }),
  },
  /** The peer connection of this generation does not come back: both begin a new one (SPEC R10). */
  rebuild: {
    body: z.object({ requestId: RequestId, roomId: RoomId, generation: Generation }),
    reply: reply({}),
  },
  /** Ask for the ICE servers to use from now on, with fresh TURN credentials (SPEC K2, K20). */
  "ice-servers": { body: Nothing, reply: reply({ ice: IceGrant }) },
  /** Report how a call went, once for each room; it is counted, never kept (SPEC H2). */
  "call-report": { body: CallReport, reply: reply({}) },
  /** Whether the partner's media reaches the page, in this generation (absent: the room's present one; SPEC G6). */
  media: {
    body: z.object({ roomId: RoomId, generation: z.optional(Generation), flowing: z.boolean() }),
    reply: reply({}),
  },
  /** A signal for the partner in the same room and generation (SPEC R2, R3). */
  signal: { body: SignalEnvelope, reply: reply({}) },
  /** Ask what the server holds of this session, and how many people there are. */
  status: {
    body: Nothing,
    reply: reply({ state: SessionState, crowd: Crowd, position: z.optional(z.int()) }),
  },
  /** A newer token for the same person, so that the connection can stay (SPEC S3). */
  "refresh-token": {
    body: z.object({ token: z.string().check(z.minLength(1), z.maxLength(LIMITS.tokenChars)) }),
    reply: reply({ expiresInMs: DurationMs }),
  },
  /** The page is being unloaded: a reload or the end, which look alike. */
  unloading: { body: Nothing, reply: reply({}) },
} as const;

export type ClientEvent = keyof typeof CLIENT_EVENTS;
export type ClientBody<Event extends ClientEvent> = z.infer<(typeof CLIENT_EVENTS)[Event]["body"]>;
export type ClientReply<Event extends ClientEvent> = z.infer<(typeof CLIENT_EVENTS)[Event]["reply"]>;
