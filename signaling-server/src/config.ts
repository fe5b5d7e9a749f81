import { resolve } from "node:path";
import { rootFolder } from "./config/env-file.ts";
import { type Setting, weaknessOf } from "./config/readers.ts";
import { SETTINGS } from "./config/settings.ts";
import { type TurnConfig, turnFaults, turnOf } from "./config/turn.ts";
import { DEFAULT_LOBBY_SETTINGS, type LobbySettings } from "./domain/lobby/settings.ts";

export { SERVER_SETTINGS } from "./config/settings.ts";

type Name = keyof typeof SETTINGS;
type Required =
  | "NODE_ENV"
  | "PORT"
  | "HOST"
  | "LOG_LEVEL"
  | "DATA_DIR"
  | "IDENTITY_SCOPE"
  | Extract<Name, `${string}_MS`>;
type ValueOf<Key extends Name> = (typeof SETTINGS)[Key] extends Setting<infer Value> ? Value : never;
type Values = { readonly [Key in Required]: ValueOf<Key> } & {
  readonly [Key in Exclude<Name, Required>]: ValueOf<Key> | undefined;
};

/** Everything an operator decides, checked. */
export interface ServerConfig {
  readonly mode: "development" | "test" | "production";
  readonly port: number;
  readonly host: string;
  readonly logLevel: Values["LOG_LEVEL"];
  readonly allowedOrigins: readonly string[];
  readonly identityScope: "tab" | "device";
  readonly adminToken: string | undefined;
  readonly stunUrls: readonly string[];
  /** Undefined: there is no TURN server. */
  readonly turn: TurnConfig | undefined;
  readonly retryWindowMs: number;
  readonly ping: { readonly intervalMs: number; readonly timeoutMs: number };
  readonly probeTimeoutMs: number;
  readonly tokens: {
    /** Undefined outside production: one is made once and kept in `dataDir`. */
    readonly secret: string | undefined;
    readonly previousSecret: string | undefined;
    readonly ttlMs: number;
    readonly leewayMs: number;
    readonly graceMs: number;
    readonly recallMs: number;
  };
  readonly tickets: { readonly ttlMs: number; readonly renewMs: number };
  readonly dataDir: string;
  readonly lobby: LobbySettings;
}

export type ConfigReading =
  | { readonly ok: true; readonly config: ServerConfig }
  /** One sentence for each thing that is wrong; no secret is repeated. */
  | { readonly ok: false; readonly faults: readonly string[] };

export type Environment = Readonly<Record<string, string | undefined>>;

const DEVELOPMENT_ORIGINS = ["http://localhost:5173", "http://127.0.0.1:5173", "http://[::1]:5173"];
const LONGEST_SILENCE_MS = 30_000;

/** Reads the configuration from environment variables; an empty one counts as unset. All faults are found at once. */
export function loadConfig(env: Environment): ConfigReading {
  const faults: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(SETTINGS) as [Name, Setting<unknown>][]) {
    const raw = env[name]?.trim() || setting.default;
    if (raw === undefined) continue;
    const parsed = setting.schema.safeParse(raw);
    if (parsed.success) values[name] = parsed.data;
    else
      for (const issue of parsed.error.issues)
        faults.push(`${name} ${issue.message}${setting.secret ? "" : ` (it is "${raw.slice(0, 100)}")`}.`);
  }
  // A value that could not be read is missing below; rules about it are left for the next try.
  const readable = values as Partial<Values>;
  faults.push(...crossFaults(readable, faults));
  if (faults.length > 0) return { ok: false, faults };
  // Every required variable has a default, and all of them could be read.
  return { ok: true, config: assemble(readable as Values) };
}

function crossFaults(values: Partial<Values>, known: readonly string[]): string[] {
  const faults: string[] = [];
  const check = (broken: boolean, sentence: string) => {
    if (broken) faults.push(sentence);
  };
  const unread = (name: Name) => known.some((fault) => fault.startsWith(`${name} `));
  const above = (left: number | undefined, right: number | undefined) =>
    left !== undefined && right !== undefined && left > right;

  if (values.NODE_ENV === "production") {
    check(
      values.ALLOWED_ORIGINS === undefined && !unread("ALLOWED_ORIGINS"),
      "ALLOWED_ORIGINS is missing; in production it must name the origins of the web client, like https://chat.example.org.",
    );
    check(
      values.SESSION_SECRET === undefined && !unread("SESSION_SECRET"),
      "SESSION_SECRET is missing; production needs one. Make it with: openssl rand -base64 48.",
    );
    for (const name of ["SESSION_SECRET", "SESSION_SECRET_PREVIOUS", "ADMIN_TOKEN"] as const) {
      const value = values[name];
      const weakness = value === undefined ? undefined : weaknessOf(value);
      check(weakness !== undefined, `${name} ${weakness}.`);
    }
  }
  faults.push(...turnFaults(values, unread));
  check(
    values.SESSION_SECRET !== undefined && values.SESSION_SECRET === values.SESSION_SECRET_PREVIOUS,
    "SESSION_SECRET_PREVIOUS must differ from SESSION_SECRET; leave it out when nothing was changed.",
  );
  check(
    values.SESSION_SECRET_PREVIOUS !== undefined &&
      values.SESSION_SECRET === undefined &&
      !unread("SESSION_SECRET"),
    "SESSION_SECRET_PREVIOUS is set without SESSION_SECRET; set both or neither.",
  );
  const silence = (values.PING_INTERVAL_MS ?? 0) + (values.PING_TIMEOUT_MS ?? 0);
  check(
    silence > LONGEST_SILENCE_MS,
    `PING_INTERVAL_MS and PING_TIMEOUT_MS together must be at most ${LONGEST_SILENCE_MS}; they are ${silence}.`,
  );
  check(
    above(silence * 2, values.STALE_AFTER_MS),
    `STALE_AFTER_MS must be at least twice PING_INTERVAL_MS + PING_TIMEOUT_MS (${silence * 2}), or live connections would be removed.`,
  );
  check(
    above(values.TICKET_RENEW_MS, (values.TICKET_TTL_MS ?? Number.POSITIVE_INFINITY) / 2),
    "TICKET_RENEW_MS must be at most half of TICKET_TTL_MS, or tickets would be over before they are renewed.",
  );
  for (const name of Object.keys(SETTINGS).filter((key) => key.startsWith("GRACE_")) as Extract<
    Name,
    `GRACE_${string}`
  >[])
    check(
      above(values[name], values.TICKET_TTL_MS),
      `${name} must be at most TICKET_TTL_MS, or a place would outlive its ticket.`,
    );
  return faults;
}

function assemble(values: Values): ServerConfig {
  const production = values.NODE_ENV === "production";
  const same = (ms: number) => ({ queuedMs: ms, inRoomMs: ms });
  return {
    mode: values.NODE_ENV,
    port: values.PORT,
    host: values.HOST,
    logLevel: values.LOG_LEVEL,
    allowedOrigins: values.ALLOWED_ORIGINS ?? DEVELOPMENT_ORIGINS,
    identityScope: values.IDENTITY_SCOPE,
    adminToken: values.ADMIN_TOKEN,
    stunUrls: values.STUN_URLS ?? [],
    turn: turnOf(values),
    retryWindowMs: values.RETRY_WINDOW_MS,
    ping: { intervalMs: values.PING_INTERVAL_MS, timeoutMs: values.PING_TIMEOUT_MS },
    probeTimeoutMs: values.PROBE_TIMEOUT_MS,
    tokens: {
      secret: values.SESSION_SECRET,
      previousSecret: values.SESSION_SECRET_PREVIOUS,
      ttlMs: values.TOKEN_TTL_MS,
      leewayMs: values.TOKEN_LEEWAY_MS,
      graceMs: values.TOKEN_GRACE_MS,
      recallMs: values.TOKEN_RECALL_MS,
    },
    tickets: { ttlMs: values.TICKET_TTL_MS, renewMs: values.TICKET_RENEW_MS },
    dataDir: resolve(rootFolder(), values.DATA_DIR),
    lobby: {
      ...DEFAULT_LOBBY_SETTINGS,
      graces: {
        unload: same(values.GRACE_UNLOAD_MS),
        dropped: { queuedMs: values.GRACE_DROPPED_QUEUED_MS, inRoomMs: values.GRACE_DROPPED_ROOM_MS },
        silent: {
          queuedMs: values.GRACE_SILENT_QUEUED_MS,
          inRoomMs: values.GRACE_SILENT_ROOM_MS,
          cutInRoomMs: values.GRACE_CUT_ROOM_MS,
        },
        protocol: { queuedMs: 0, inRoomMs: values.GRACE_PROTOCOL_ROOM_MS },
        drain: same(values.GRACE_DRAIN_MS),
      },
      holdMs: values.GRACE_HOLD_ROOM_MS,
      readyMs: values.READY_TIMEOUT_MS,
      rematchMs: values.REMATCH_MS,
      rematchLiftMs: values.REMATCH_LIFT_MS,
      rematchLiftWhenTwoMs: values.REMATCH_LIFT_TWO_MS,
      matchSameDevice: values.MATCH_SAME_DEVICE ?? !production,
      awayDebounceMs: values.AWAY_DEBOUNCE_MS,
      reviveMs: values.REVIVE_MS,
      // A ticket is taken for as long as clocks may differ after its end.
      endedRoomMs: values.TICKET_TTL_MS + values.TOKEN_LEEWAY_MS,
      sweepMs: values.SWEEP_INTERVAL_MS,
      staleMs: values.STALE_AFTER_MS,
    },
  };
}
