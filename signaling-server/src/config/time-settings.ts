import { DEFAULT_LOBBY_SETTINGS } from "../domain/lobby/settings.ts";
import { duration } from "./readers.ts";

const { graces, ...lobby } = DEFAULT_LOBBY_SETTINGS;
const HOUR = 3_600_000;

const grace = (description: string, defaultMs: number) =>
  duration(description.replace(/\.$/, "; at most TICKET_TTL_MS."), defaultMs, { min: 0, max: 120_000 });

/** The settings that are a duration, except those of TURN. */
export const TIME_SETTINGS = {
  TOKEN_TTL_MS: duration("Life of a token, with which a page shows who its person is.", 300_000, {
    min: 5_000,
    max: 24 * HOUR,
  }),
  TOKEN_LEEWAY_MS: duration(
    "How far the clocks of two servers may differ: a token or a ticket is still taken for this time after its end.",
    60_000,
    {
      min: 0,
      max: 300_000,
    },
  ),
  TOKEN_GRACE_MS: duration(
    "How long a connection stays open after its token has ended, so that the page can get a new one.",
    25_000,
    {
      min: 0,
      max: 300_000,
    },
  ),
  TOKEN_RECALL_MS: duration(
    "How long after its end a token can still be exchanged for a new one of the same person.",
    24 * HOUR,
    {
      min: 0,
      max: 30 * 24 * HOUR,
    },
  ),
  TOKEN_SUCCESSION_MS: duration(
    "How long a token still counts after it was replaced, where nobody has shown its successor: time for a page that lost the answer to ask again.",
    60_000,
    { min: 1_000, max: HOUR },
  ),
  TICKET_TTL_MS: duration(
    "Life of a ticket, which lets two people keep their room when the server restarts; at least twice TICKET_RENEW_MS, and no less than any of the settings that begin with GRACE_.",
    120_000,
    { min: 10_000, max: 600_000 },
  ),
  TICKET_RENEW_MS: duration(
    "Time after which each page in a room gets a newer ticket; at most half of TICKET_TTL_MS.",
    30_000,
    {
      min: 1_000,
      max: 300_000,
    },
  ),
  PING_INTERVAL_MS: duration(
    "Time between two pings on a connection, which ask its page for a sign of life; together with PING_TIMEOUT_MS at most 30000, and at most half of STALE_AFTER_MS.",
    10_000,
    {
      min: 100,
      max: 30_000,
    },
  ),
  PING_TIMEOUT_MS: duration(
    "How long a page may take to answer a ping before its connection is closed; together with PING_INTERVAL_MS at most 30000, and at most half of STALE_AFTER_MS.",
    6_000,
    {
      min: 100,
      max: 30_000,
    },
  ),
  PROBE_TIMEOUT_MS: duration(
    "How long a page whose audio and video no longer reach its partner may take to answer a probe before its connection is closed.",
    2_000,
    { min: 100, max: 10_000 },
  ),
  RETRY_WINDOW_MS: duration(
    "Time over which pages that have lost their connection spread their first attempts to connect again.",
    1_000,
    {
      min: 0,
      max: 60_000,
    },
  ),
  GRACE_UNLOAD_MS: grace(
    "How long a page that was reloaded or closed keeps its place in the queue or in a room.",
    graces.unload.inRoomMs,
  ),
  GRACE_DROPPED_QUEUED_MS: grace(
    "How long somebody whose connection closed unexpectedly keeps a place in the queue.",
    graces.dropped.queuedMs,
  ),
  GRACE_DROPPED_ROOM_MS: grace(
    "How long somebody whose connection closed unexpectedly keeps a place in a room.",
    graces.dropped.inRoomMs,
  ),
  GRACE_SILENT_QUEUED_MS: grace(
    "How long somebody whose connection stopped answering keeps a place in the queue.",
    graces.silent.queuedMs,
  ),
  GRACE_SILENT_ROOM_MS: grace(
    "How long somebody whose connection stopped answering keeps a place in a room.",
    graces.silent.inRoomMs,
  ),
  GRACE_CUT_ROOM_MS: grace(
    "How long somebody keeps a place in a room when their connection stopped answering, and their audio and video, which had flowed, stopped as well: their network is gone for a while.",
    graces.silent.cutInRoomMs,
  ),
  GRACE_HOLD_ROOM_MS: grace(
    "Longest time for which somebody whose connection is lost keeps a place in a room because the partner still receives their audio and video.",
    lobby.holdMs,
  ),
  GRACE_PROTOCOL_ROOM_MS: grace(
    "How long somebody whose connection was closed for abuse keeps a place in a room.",
    graces.protocol.inRoomMs,
  ),
  GRACE_DRAIN_MS: grace(
    "How long people keep their places in the queue and in rooms after the server has closed their connections in order to stop.",
    graces.drain.inRoomMs,
  ),
  DRAIN_MS: duration(
    "How long a server that gets SIGTERM goes on for the people it has before it says bye to them: GET /readyz answers 503 meanwhile, nobody new is let in or matched, and pages move to another server where a balancer sends them to one, which may be there for an update only: rooms come along by their tickets, places in the queue are lost. Short for a single server, which nobody can move away from; 25000 behind a balancer. SIGINT ends at once.",
    1_000,
    { min: 0, max: 120_000 },
  ),
  READY_TIMEOUT_MS: duration(
    "How long both pages of a new match may take to say that they are ready, before the match ends.",
    lobby.readyMs,
    {
      min: 500,
      max: 60_000,
    },
  ),
  READY_WITH_MEDIA_MS: duration(
    "How long both pages of a new match may take to say that they are ready where either had camera and microphone before it; not longer than READY_TIMEOUT_MS in any case.",
    lobby.readyWithMediaMs,
    { min: 500, max: 60_000 },
  ),
  KEEP_FROM_LOW_MS: duration(
    "How long a waiting person is kept from people of low standing, who lately left their partners waiting, skipped them or reached nobody, before whoever is there is met; 0 keeps nobody apart.",
    lobby.standing.keepMs,
    { min: 0, max: 60_000 },
  ),
  REMATCH_MS: duration(
    "How long two people who were together are not put together again, unless both wait for REMATCH_LIFT_MS or REMATCH_LIFT_TWO_MS.",
    lobby.rematchMs,
    {
      min: 0,
      max: 24 * HOUR,
    },
  ),
  REMATCH_LIFT_MS: duration(
    "How long two people who were together within REMATCH_MS both have to wait in the queue until they may meet again; at least REMATCH_LIFT_TWO_MS.",
    lobby.rematchLiftMs,
    {
      min: 0,
      max: HOUR,
    },
  ),
  REMATCH_LIFT_TWO_MS: duration(
    "How long two people who were together within REMATCH_MS both have to wait in the queue until they may meet again when nobody else is online; at most REMATCH_LIFT_MS.",
    lobby.rematchLiftWhenTwoMs,
    {
      min: 0,
      max: HOUR,
    },
  ),
  AWAY_DEBOUNCE_MS: duration(
    "How long somebody in a room has to be away before the partner is told.",
    lobby.awayDebounceMs,
    {
      min: 0,
      max: 10_000,
    },
  ),
  REVIVE_MS: duration(
    "How long, after a restart of the server, the first of two partners who is back keeps their room for the other one.",
    lobby.reviveMs,
    {
      min: 500,
      max: 120_000,
    },
  ),
  SWEEP_INTERVAL_MS: duration(
    "Time between two sweeps, which remove sessions that have given no sign of life for STALE_AFTER_MS.",
    lobby.sweepMs,
    {
      min: 500,
      max: HOUR,
    },
  ),
  STALE_AFTER_MS: duration(
    "How long a session may give no sign of life before the next sweep (SWEEP_INTERVAL_MS) removes it; at least twice PING_INTERVAL_MS and PING_TIMEOUT_MS together.",
    lobby.staleMs,
    {
      min: 1_000,
      max: HOUR,
    },
  ),
} as const;
