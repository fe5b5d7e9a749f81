import { DEFAULT_LOBBY_SETTINGS } from "../domain/lobby/settings.ts";
import { duration } from "./readers.ts";

const { graces, ...lobby } = DEFAULT_LOBBY_SETTINGS;
const HOUR = 3_600_000;

const grace = (description: string, defaultMs: number) =>
  duration(description, defaultMs, { min: 0, max: 120_000 });

/** The settings that say how long something lasts or may take, but for those of TURN. */
export const TIME_SETTINGS = {
  TOKEN_TTL_MS: duration("Life of the token that says who somebody is.", 300_000, {
    min: 5_000,
    max: 24 * HOUR,
  }),
  TOKEN_LEEWAY_MS: duration(
    "How far the clocks of two servers may differ, so that a token of one is taken by the other.",
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
    "How long after its end a token still gets a new one for the same person.",
    24 * HOUR,
    {
      min: 0,
      max: 30 * 24 * HOUR,
    },
  ),
  TICKET_TTL_MS: duration(
    "Life of a ticket, which lets two people keep their room when the server restarts.",
    120_000,
    { min: 10_000, max: 600_000 },
  ),
  TICKET_RENEW_MS: duration("Time after which people in a room get a newer ticket.", 30_000, {
    min: 1_000,
    max: 300_000,
  }),
  PING_INTERVAL_MS: duration(
    "Time between two pings, the questions for a sign of life on a connection.",
    10_000,
    {
      min: 100,
      max: 30_000,
    },
  ),
  PING_TIMEOUT_MS: duration(
    "How long a page may take to answer a ping before its connection is closed.",
    6_000,
    {
      min: 100,
      max: 30_000,
    },
  ),
  PROBE_TIMEOUT_MS: duration(
    "How long a connection may take to answer after its person's audio and video have stopped, before it is closed.",
    2_000,
    { min: 100, max: 10_000 },
  ),
  RETRY_WINDOW_MS: duration(
    "Time over which pages that lost their connection spread their first retry.",
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
    "How long a lost person's place in a room is kept at most while the partner still receives their audio and video.",
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
  READY_TIMEOUT_MS: duration("How long both sides of a match have to say that they take it.", lobby.readyMs, {
    min: 500,
    max: 60_000,
  }),
  REMATCH_MS: duration(
    "How long two people who were together are not put together again (REMATCH_LIFT_MS, REMATCH_LIFT_TWO_MS).",
    lobby.rematchMs,
    {
      min: 0,
      max: 24 * HOUR,
    },
  ),
  REMATCH_LIFT_MS: duration(
    "How long two people who were together lately both have to wait until they may meet again after all.",
    lobby.rematchLiftMs,
    {
      min: 0,
      max: HOUR,
    },
  ),
  REMATCH_LIFT_TWO_MS: duration(
    "How long two people who were together lately have to wait until they may meet again when nobody else is online.",
    lobby.rematchLiftWhenTwoMs,
    {
      min: 0,
      max: HOUR,
    },
  ),
  AWAY_DEBOUNCE_MS: duration(
    "How long a partner has to be away before the other one is told.",
    lobby.awayDebounceMs,
    {
      min: 0,
      max: 10_000,
    },
  ),
  REVIVE_MS: duration(
    "How long the first of two partners who comes back after a restart of the server waits for the other.",
    lobby.reviveMs,
    {
      min: 500,
      max: 120_000,
    },
  ),
  SWEEP_INTERVAL_MS: duration(
    "Time between two searches for sessions without a sign of life (STALE_AFTER_MS).",
    lobby.sweepMs,
    {
      min: 500,
      max: HOUR,
    },
  ),
  STALE_AFTER_MS: duration(
    "How long a session may be without a sign of life before it is removed.",
    lobby.staleMs,
    {
      min: 1_000,
      max: HOUR,
    },
  ),
} as const;
