import { DEFAULT_LOBBY_SETTINGS } from "../domain/lobby/settings.ts";
import { flag, oneOf, origins, type Setting, stunUrls, text, turnUrls, whole, word } from "./readers.ts";

const { graces, ...lobby } = DEFAULT_LOBBY_SETTINGS;
const HOUR = 3_600_000;

const setting = <Value>(given: Setting<Value>): Setting<Value> => given;
const duration = (description: string, defaultMs: number, bounds: { min: number; max: number }) =>
  setting({ description, default: String(defaultMs), schema: whole(bounds.min, bounds.max) });
const grace = (description: string, defaultMs: number) =>
  duration(description, defaultMs, { min: 0, max: 120_000 });

/** Every environment variable of the signaling server, in the order in which an operator meets them. */
export const SETTINGS = {
  NODE_ENV: setting({
    description: "production refuses what is only good for trying things out.",
    default: "development",
    schema: oneOf("development", "test", "production"),
  }),
  PORT: setting({
    description: "TCP port of the signaling server; 0 takes any free one.",
    default: "3001",
    schema: whole(0, 65_535),
  }),
  HOST: setting({
    description: "Address to listen on; 0.0.0.0 or :: for all.",
    default: "127.0.0.1",
    schema: text,
  }),
  LOG_LEVEL: setting({
    description: "Least important log lines that are written.",
    default: "info",
    schema: oneOf("fatal", "error", "warn", "info", "debug", "trace", "silent"),
  }),
  ALLOWED_ORIGINS: setting({
    description:
      "Origins of the web clients that may connect, comma-separated. Required in production; otherwise port 5173 of this machine.",
    default: undefined,
    schema: origins,
  }),
  SESSION_SECRET: setting({
    description:
      "Signs tokens and tickets; at least 32 random bytes, the same on every server. Required in production; otherwise made once and kept in DATA_DIR.",
    default: undefined,
    secret: true,
    schema: text,
  }),
  SESSION_SECRET_PREVIOUS: setting({
    description: "The secret before the last change; tokens made with it stay good.",
    default: undefined,
    secret: true,
    schema: text,
  }),
  DATA_DIR: setting({
    description:
      "Private directory for the secret that is made outside production; relative to the workspace.",
    default: "./.serendip",
    schema: text,
  }),
  ADMIN_TOKEN: setting({
    description:
      "Bearer token for GET /debug/sessions and /debug/calls; without one these pages do not exist.",
    default: undefined,
    secret: true,
    schema: word,
  }),
  IDENTITY_SCOPE: setting({
    description:
      "tab: each browser tab is a person of its own. device: all tabs of a browser profile are one, the newest wins.",
    default: "tab",
    schema: oneOf("tab", "device"),
  }),
  MATCH_SAME_DEVICE: setting({
    description:
      "Whether two tabs of one browser may meet. Default: true outside production, false in production.",
    default: undefined,
    schema: flag,
  }),
  STUN_URLS: setting({
    description:
      "STUN servers for the pages, comma-separated; without one people behind different routers may not connect.",
    default: undefined,
    // A password in the wrong place must not be repeated; what is wrong names the address.
    secret: true,
    schema: stunUrls,
  }),
  TURN_URLS: setting({
    description:
      "TURN servers for the pages, comma-separated, each with its transport, like turn:turn.example.org:3478?transport=udp; without one some pairs of networks cannot connect, and nobody can hide an address. Needs TURN_SECRET, or TURN_USERNAME and TURN_CREDENTIAL.",
    default: undefined,
    secret: true,
    schema: turnUrls,
  }),
  TURN_SECRET: setting({
    description:
      "What the TURN servers and this server both know (static-auth-secret of coturn): everybody gets an account of their own, which ends after TURN_TTL_MS. At least 32 random bytes in production.",
    default: undefined,
    secret: true,
    schema: text,
  }),
  TURN_TTL_MS: duration(
    "Life of a TURN account that is made with TURN_SECRET; at least 300000 in production.",
    600_000,
    { min: 10_000, max: 24 * HOUR },
  ),
  TURN_USERNAME: setting({
    description: "Where a provider gives one account instead of a secret; the same for everybody.",
    default: undefined,
    secret: true,
    schema: text,
  }),
  TURN_CREDENTIAL: setting({
    description: "Its password.",
    default: undefined,
    secret: true,
    schema: text,
  }),
  TURN_PROBE_MS: duration(
    "How often each TURN server is tried; one that fails is not handed out until it works again.",
    6_000,
    { min: 500, max: HOUR },
  ),
  TOKEN_TTL_MS: duration("Life of a token.", 300_000, { min: 5_000, max: 24 * HOUR }),
  TOKEN_LEEWAY_MS: duration("How far the clocks of two servers may differ.", 60_000, {
    min: 0,
    max: 300_000,
  }),
  TOKEN_GRACE_MS: duration("A connection whose token is over is closed after this.", 25_000, {
    min: 0,
    max: 300_000,
  }),
  TOKEN_RECALL_MS: duration(
    "An expired token still gets a new one for the same person within this.",
    24 * HOUR,
    {
      min: 0,
      max: 30 * 24 * HOUR,
    },
  ),
  TICKET_TTL_MS: duration("Life of a room ticket.", 120_000, { min: 10_000, max: 600_000 }),
  TICKET_RENEW_MS: duration("How often people in a room get a newer ticket.", 30_000, {
    min: 1_000,
    max: 300_000,
  }),
  PING_INTERVAL_MS: duration("How often a connection is asked for a sign of life.", 10_000, {
    min: 100,
    max: 30_000,
  }),
  PING_TIMEOUT_MS: duration("A connection that does not answer for this long is closed.", 6_000, {
    min: 100,
    max: 30_000,
  }),
  PROBE_TIMEOUT_MS: duration(
    "When somebody's audio and video stop, that connection has to answer within this.",
    2_000,
    { min: 100, max: 10_000 },
  ),
  RETRY_WINDOW_MS: duration("Pages that lost their connection spread their first retry over this.", 1_000, {
    min: 0,
    max: 60_000,
  }),
  GRACE_UNLOAD_MS: grace(
    "A page that was reloaded or closed keeps its place for this.",
    graces.unload.inRoomMs,
  ),
  GRACE_DROPPED_QUEUED_MS: grace(
    "A lost connection keeps the place in the queue for this.",
    graces.dropped.queuedMs,
  ),
  GRACE_DROPPED_ROOM_MS: grace(
    "A lost connection keeps the place in a room for this.",
    graces.dropped.inRoomMs,
  ),
  GRACE_SILENT_QUEUED_MS: grace(
    "The same in the queue, after a connection fell silent.",
    graces.silent.queuedMs,
  ),
  GRACE_SILENT_ROOM_MS: grace("The same in a room, after a connection fell silent.", graces.silent.inRoomMs),
  GRACE_CUT_ROOM_MS: grace(
    "… when audio and video had flowed there and stopped too: a network that is gone for a while.",
    graces.silent.cutInRoomMs,
  ),
  GRACE_HOLD_ROOM_MS: grace(
    "The longest that a place in a room is kept while the partner says that audio and video still flow.",
    lobby.holdMs,
  ),
  GRACE_PROTOCOL_ROOM_MS: grace(
    "The same in a room, after a connection was closed for abuse.",
    graces.protocol.inRoomMs,
  ),
  GRACE_DRAIN_MS: grace("The same after the server closed the connection to stop.", graces.drain.inRoomMs),
  READY_TIMEOUT_MS: duration("Both sides of a match have to take it within this.", lobby.readyMs, {
    min: 500,
    max: 60_000,
  }),
  REMATCH_MS: duration("Two who were together are not put together again for this.", lobby.rematchMs, {
    min: 0,
    max: 24 * HOUR,
  }),
  REMATCH_LIFT_MS: duration("… unless both have waited this long.", lobby.rematchLiftMs, {
    min: 0,
    max: HOUR,
  }),
  REMATCH_LIFT_TWO_MS: duration("… or this long when nobody else is online.", lobby.rematchLiftWhenTwoMs, {
    min: 0,
    max: HOUR,
  }),
  AWAY_DEBOUNCE_MS: duration(
    "A partner's absence is told only when it lasts longer than this.",
    lobby.awayDebounceMs,
    {
      min: 0,
      max: 10_000,
    },
  ),
  REVIVE_MS: duration(
    "After a restart, how long the first of two partners waits for the other.",
    lobby.reviveMs,
    {
      min: 500,
      max: 120_000,
    },
  ),
  SWEEP_INTERVAL_MS: duration("How often sessions without a sign of life are removed.", lobby.sweepMs, {
    min: 500,
    max: HOUR,
  }),
  STALE_AFTER_MS: duration("A session without a sign of life for this long is removed.", lobby.staleMs, {
    min: 1_000,
    max: HOUR,
  }),
} as const;

/** For documents: what there is, what it means, and what it is when unset. */
export const SERVER_SETTINGS: readonly {
  readonly name: string;
  readonly description: string;
  readonly default: string | undefined;
}[] = Object.entries(SETTINGS).map(([name, { description, default: value }]) => ({
  name,
  description,
  default: value,
}));
